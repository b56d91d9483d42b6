// SPDX-License-Identifier: GPL-2.0
/*
 * Every way to read a socket, with every verdict: the application gets what
 * the script let through, and never more.
 *
 * The scripts judge in a way that does not depend on how the data is cut into
 * segments, so that each has a model here: a function of all that was sent.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <unistd.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "lua_variants.h"
#include "lua_ways.h"

#define SENT "pack my box with five dozen liquor jugs, then X marks the spot!"

/* Models */

static void all(struct lua_stream *out, const char *in, size_t len)
{
	lua_stream_add(out, in, len);
}

static void nothing(struct lua_stream *out, const char *in, size_t len)
{
}

static void whole_frames(struct lua_stream *out, const char *in, size_t len)
{
	lua_stream_add(out, in, len - len % 8);
}

static void no_vowels(struct lua_stream *out, const char *in, size_t len)
{
	for (; len--; in++)
		if (!strchr("aeiou", *in))
			lua_stream_add(out, in, 1);
}

static void each_times(struct lua_stream *out, const char *in, size_t len,
		       int times)
{
	int i;

	for (; len--; in++)
		for (i = 0; i < times; i++)
			lua_stream_add(out, in, 1);
}

static void tripled(struct lua_stream *out, const char *in, size_t len)
{
	each_times(out, in, len, 3);
}

static void much(struct lua_stream *out, const char *in, size_t len)
{
	each_times(out, in, len, 1200);
}

static void before_x(struct lua_stream *out, const char *in, size_t len)
{
	lua_stream_add(out, in, strchr(in, 'X') - in);
}

static void upper(struct lua_stream *out, const char *in, size_t len)
{
	for (; len--; in++) {
		char c = toupper(*in);

		lua_stream_add(out, &c, 1);
	}
}

static struct lua_stream wanted, seen;

static void expect_wanted(struct __test_metadata *_metadata, int fd,
			  const char *name)
{
	EXPECT_STREQ(lua_stream_text(&wanted, name),
		     lua_stream_text(&seen, name)) {
		TH_LOG("SS_LUA_ERROR: %s", lua_error(fd));
	}
}

/* By each way @wanted comes, on a connection that goes on, and nothing more;
 * and then by each way its end.
 */
static void check_goes_on(struct __test_metadata *_metadata, int listener,
			  enum lua_sending how)
{
	struct lua_pair pair;
	unsigned int i;
	char c;

	ASSERT_EQ(0, lua_pair_accept(&pair, listener));
	for (i = 0; i < lua_num_ways(); i++) {
		ASSERT_EQ(0, lua_send(&pair, how, SENT, strlen(SENT)));
		lua_stream_read_len(&seen, pair.fd, lua_ways[i].read, wanted.len);
		expect_wanted(_metadata, pair.fd, lua_ways[i].name);
		EXPECT_EQ(-1, recv(pair.fd, &c, 1, MSG_DONTWAIT));
		EXPECT_EQ(EAGAIN, errno);
	}
	ASSERT_EQ(0, lua_send_end(&pair, LUA_ONE_SEGMENT, "", 0));
	wanted.len = 0;
	for (i = 0; i < lua_num_ways(); i++) {
		lua_stream_read(&seen, pair.fd, lua_ways[i].read);
		expect_wanted(_metadata, pair.fd, lua_ways[i].name);
	}
	lua_pair_close(&pair);
}

/* By each way @wanted comes, each time on a new connection, and then an error. */
static void check_fails(struct __test_metadata *_metadata, int listener,
			enum lua_sending how)
{
	struct lua_pair pair;
	unsigned int i;

	for (i = 0; i < lua_num_ways(); i++) {
		ASSERT_EQ(0, lua_pair_accept(&pair, listener));
		ASSERT_EQ(0, lua_send_end(&pair, how, SENT, strlen(SENT)));
		lua_stream_read(&seen, pair.fd, lua_ways[i].read);
		expect_wanted(_metadata, pair.fd, lua_ways[i].name);
		lua_pair_close(&pair);
	}
}

/* A script whose function is @body lets through what @model makes of SENT. */
#define EVERY_WAY(body, model) do {					\
	model(&wanted, SENT, strlen(SENT));				\
	ASSERT_EQ(0, lua_judge(self->listener, body));			\
	check_goes_on(_metadata, self->listener, variant->how);		\
} while (0)

/* The same, and then reading fails. */
#define EVERY_WAY_UNTIL(error, body, model) do {			\
	model(&wanted, SENT, strlen(SENT));				\
	wanted.err = error;						\
	ASSERT_EQ(0, lua_judge(self->listener, body));			\
	check_fails(_metadata, self->listener, variant->how);		\
} while (0)

TEST_F(lua, passed_data_comes_every_way)
{
	EVERY_WAY("return true",
		  all);
}

TEST_F(lua, passed_frames_come_every_way_and_the_rest_no_way)
{
	EVERY_WAY_UNTIL(ECONNREFUSED,
			"return true, size - size % 8",
			whole_frames);
}

TEST_F(lua, data_held_until_complete_comes_every_way)
{
	EVERY_WAY("if not tostring(data):find('!', 1, true) then return true, 0 end\n"
		  "return true",
		  all);
}

TEST_F(lua, a_replacement_as_long_comes_every_way)
{
	EVERY_WAY("return true, tostring(data):upper()",
		  upper);
}

TEST_F(lua, a_shorter_replacement_comes_every_way)
{
	EVERY_WAY("return true, (tostring(data):gsub('[aeiou]', ''))",
		  no_vowels);
}

TEST_F(lua, an_empty_replacement_comes_no_way)
{
	EVERY_WAY("return true, ''",
		  nothing);
}

TEST_F(lua, a_longer_replacement_comes_every_way)
{
	EVERY_WAY("return true, (tostring(data):gsub('.', '%0%0%0'))",
		  tripled);
}

TEST_F(lua, a_much_longer_replacement_comes_every_way)
{
	EVERY_WAY("return true, (tostring(data):gsub('.', function(c)\n"
		  "return c:rep(1200) end))",
		  much);
}

TEST_F(lua, a_replacement_by_data_comes_every_way)
{
	EVERY_WAY("return true, data",
		  all);
}

TEST_F(lua, data_replaced_in_parts_comes_every_way)
{
	EVERY_WAY("local s, n = tostring(data):gsub('[aeiou]', '')\n"
		  "if n > 0 then return true, s end return true",
		  no_vowels);
}

TEST_F(lua, a_replacement_of_the_first_bytes_comes_every_way)
{
	EVERY_WAY("local n = (size + 1) // 2\n"
		  "return true, n, tostring(data:segment(0, n)):upper()",
		  upper);
}

TEST_F(lua, first_bytes_replaced_by_nothing_come_no_way)
{
	EVERY_WAY("local text = tostring(data)\n"
		  "local n = #text:match('^[aeiou]*')\n"
		  "if n > 0 then return true, n, '' end\n"
		  "return true, #text:match('^[^aeiou]*')",
		  no_vowels);
}

TEST_F(lua, data_waited_for_comes_every_way)
{
	EVERY_WAY("while not tostring(data):find('!', 1, true) do more(3) end\n"
		  "return true",
		  all);
}

TEST_F(lua, data_passed_beforehand_comes_every_way)
{
	EVERY_WAY("return pass()",
		  all);
}

TEST_F(lua, data_passed_beforehand_by_number_comes_every_way)
{
	EVERY_WAY("pass(7) return true, size // 2",
		  all);
}

TEST_F(lua, dropped_data_comes_no_way)
{
	EVERY_WAY("return drop",
		  nothing);
}

TEST_F(lua, what_is_dropped_here_and_there_comes_no_way_and_the_rest_every_way)
{
	EVERY_WAY("local first = tostring(data:segment(0, 1))\n"
		  "if first:find('[aeiou]') then return drop, 1 end return true, 1",
		  no_vowels);
}

TEST_F(lua, refused_data_comes_no_way)
{
	EVERY_WAY_UNTIL(ECONNREFUSED,
			"return false",
			nothing);
}

TEST_F(lua, data_before_a_refusal_comes_every_way_and_the_rest_no_way)
{
	EVERY_WAY_UNTIL(ECONNREFUSED,
			"local x = tostring(data):find('X', 1, true)\n"
			"if x == 1 then return false end\n"
			"return true, (x or size + 1) - 1",
			before_x);
}

TEST_F(lua, data_of_a_failed_script_comes_no_way)
{
	EVERY_WAY_UNTIL(EIO,
			"error('no')",
			nothing);
}

TEST_F(lua, data_before_a_failure_comes_every_way_and_the_rest_no_way)
{
	EVERY_WAY_UNTIL(EIO,
			"local x = tostring(data):find('X', 1, true)\n"
			"if x == 1 then error('no') end\n"
			"return true, (x or size + 1) - 1",
			before_x);
}

/* Memory that ends where another page would begin */
static char *end_of_memory(void)
{
	long page = sysconf(_SC_PAGESIZE);
	char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED || mprotect(pages + page, page, PROT_NONE))
		return NULL;
	return pages + page;
}

/* Four bytes are TCP's, the two after them are the script's. */
TEST_F(lua, a_read_into_too_little_memory_takes_nothing)
{
	char *end = end_of_memory();
	int there;

	ASSERT_NE(NULL, end);
	JUDGED_BY("if first then return true, 'XY' end\n"
		  "first = true return true, 4");
	ASSERT_EQ(0, lua_puts(self->pair.peer, "abcdefgh"));
	ASSERT_EQ(0, lua_arrived(self->pair.peer));
	ASSERT_EQ(0, ioctl(self->pair.fd, SIOCINQ, &there));
	EXPECT_EQ(6, there);
	EXPECT_EQ(-1, recv(self->pair.fd, end - 2, 100, 0));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_STREQ("abcdXY", lua_read_text(self->pair.fd, MSG_DONTWAIT));
}

TEST_HARNESS_MAIN
