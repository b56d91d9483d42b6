// SPDX-License-Identifier: GPL-2.0
/*
 * Memory in the sizes that the kernel gives. Of a slab object, only what was asked
 * for may be touched, as under KASAN: the address sanitizer, if this is built with
 * it, knows the rest as poisoned.
 */
#include <stdlib.h>
#include <string.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include <klua_host.h>

#ifdef KLUA_HOST_ASAN
#include <sanitizer/asan_interface.h>
#define __unchecked	__attribute__((no_sanitize("address")))
#else
#define ASAN_POISON_MEMORY_REGION(addr, size)	((void)(addr), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(addr, size)	((void)(addr), (void)(size))
#define __unchecked
#endif

/* larger objects are pages */
#define CACHE_MAX	8192

/* In front of each block, and poisoned. */
struct header {
	size_t size;
	size_t counted;
	/* of mapped blocks only */
	struct header *next, **link;
} __aligned(16);

struct klua_host_memory klua_host_memory;

static struct header *mapped;

/* Of @room bytes, @size may be used. */
static void allow(const void *block, size_t size, size_t room)
{
	ASAN_UNPOISON_MEMORY_REGION(block, size);
	ASAN_POISON_MEMORY_REGION((const char *)block + size, room - size);
}

static bool must_fail(void)
{
	long *after = &klua_host_memory.fail_after;

	if (*after > 0 && --*after == 0)
		*after = -1;
	return *after < 0;
}

size_t kmalloc_size_roundup(size_t size)
{
	size_t room = 8;

	if (size > 64 && size <= 96)
		return 96;
	if (size > 128 && size <= 192)
		return 192;
	while (room < size)
		room *= 2;
	return room;
}

static size_t page_roundup(size_t size)
{
	return PAGE_ALIGN(size);
}

/* What a block of @room bytes is aligned to: its size, if that is a power of two. */
static size_t alignment(size_t room)
{
	size_t align = room & -room;

	return align < sizeof(struct header) ? sizeof(struct header) :
	       align < PAGE_SIZE ? align : PAGE_SIZE;
}

static struct header *block_new(size_t size, size_t (*rounded)(size_t size), gfp_t gfp)
{
	size_t room = rounded(size), counted = rounded(size - klua_host_memory.header);
	size_t align = alignment(room);
	struct header *header;
	void *memory;

	if (must_fail() || posix_memalign(&memory, align, align + room))
		return NULL;
	header = (struct header *)(memory + align) - 1;
	*header = (struct header){ .size = room, .counted = counted };
	memset(header + 1, gfp & __GFP_ZERO ? 0 : klua_host_memory.fill, room);
	ASAN_POISON_MEMORY_REGION(header, sizeof(*header));
	allow(header + 1, size, room);

	klua_host_memory.now += counted;
	if (klua_host_memory.now > klua_host_memory.peak)
		klua_host_memory.peak = klua_host_memory.now;
	return header;
}

static void block_free(struct header *header)
{
	ASAN_UNPOISON_MEMORY_REGION(header, sizeof(*header));
	klua_host_memory.now -= header->counted;
	free((void *)(header + 1) - alignment(header->size));
}

void *kmalloc(size_t size, gfp_t gfp)
{
	struct header *header = block_new(size, kmalloc_size_roundup, gfp);

	return header ? header + 1 : NULL;
}

void kfree(const void *block)
{
	if (block)
		block_free((struct header *)block - 1);
}

__unchecked void *__vmalloc(unsigned long size, gfp_t gfp)
{
	struct header *header = block_new(size, page_roundup, gfp);

	if (!header)
		return NULL;
	header->next = mapped;
	header->link = &mapped;
	if (mapped)
		mapped->link = &header->next;
	mapped = header;
	return header + 1;
}

__unchecked void vfree(const void *block)
{
	struct header *header = (struct header *)block - 1;

	if (!block)
		return;
	*header->link = header->next;
	if (header->next)
		header->next->link = header->link;
	block_free(header);
}

/* Of any address in a block. */
__unchecked bool is_vmalloc_addr(const void *addr)
{
	const struct header *header;

	for (header = mapped; header; header = header->next) {
		const char *block = (const char *)(header + 1);

		if ((const char *)addr >= block && (const char *)addr < block + header->size)
			return true;
	}
	return false;
}

void *kvmalloc(size_t size, gfp_t gfp)
{
	return size <= CACHE_MAX ? kmalloc(size, gfp) : __vmalloc(size, gfp);
}

void kvfree(const void *block)
{
	if (is_vmalloc_addr(block))
		vfree(block);
	else
		kfree(block);
}
