# What this repository does; `make help` lists it. The work is in scripts/.

export KERNEL KSRC LUA_SRC BED VARIANT PREFIX DESTDIR SEED TRACE
export GUEST_CMD := $(value CMD)
unexport CMD
# none of these are for the kernel's own makefiles
MAKEOVERRIDES =

.PHONY: help run test fuzz soak random bench bench-lua guest kernel tools_install patches check \
	check-code check-docs arch-check bisect-check coverage kcsan setup fetch clean

help:
	@echo "make run                    set everything up, then show a filtered HTTP server"
	@echo "make run SCRIPT=my.lua      the same with a script of your own"
	@echo "make test                   set everything up, then all tests on all kernels"
	@echo "make test BED=uml           the fast part of them"
	@echo "make soak TIME=1800         stress on two CPUs for so many seconds"
	@echo "make random TIME=3600       random calls on sockets for so many seconds; SEED=1: those again"
	@echo "make arch-check             tests on seven architectures; ARCHS=arm64: on that one"
	@echo "make bisect-check           is each patch of the series whole? PATCHES='7 9': are 7 to 9?"
	@echo "make kcsan                  data races, on two CPUs"
	@echo "make coverage               lines and branches that the tests run: build/coverage/index.html"
	@echo "make fuzz TIME=600          look for scripts that break lib/lua, for so many seconds"
	@echo "make bench                  what a script in a socket costs, in instructions, against others"
	@echo "make bench BED=uml          the same in this machine's nanoseconds, as ratios"
	@echo "make bench-lua              what metering costs, in instructions, against stock Lua"
	@echo "make guest CMD='uname -a'   one shell command inside the patched kernel"
	@echo "make tools_install          build lua-ulp and install it in PREFIX=/usr/local"
	@echo "make patches                write the series to patches/, the import of Lua with it"
	@echo "make check                  is the series fresh, does it apply?"
	@echo "make check-code             sparse, coccicheck, clang, gcc W=1, kernel-doc, codespell"
	@echo "make check-docs             do the kernel's Sphinx and kernel-doc take our documents?"
	@echo
	@echo "make setup                  install the Debian packages needed"
	@echo "make fetch                  download the sources of Linux and Lua"
	@echo "make kernel                 build a patched kernel"
	@echo "make clean                  remove build/ (downloads stay in ~/.cache/sol-lua)"
	@echo
	@echo "KERNEL=7.3 or 6.12; KSRC=dir, LUA_SRC=dir: sources of your own;"
	@echo "BED=uml or qemu; VARIANT=m or y: Lua as modules or built in."

run: setup
	@scripts/demo

test: setup
	@scripts/test

fuzz: setup
	@scripts/fuzz $(TIME)

bench: setup
	@scripts/bench

bench-lua: setup
	@scripts/bench-lua

soak: setup
	@scripts/soak $(TIME)

random: setup
	@scripts/random $(TIME)

# make itself ends with 2 when CMD fails; scripts/guest 'CMD' ends with CMD's own status
guest:
	@scripts/guest "$$GUEST_CMD"

kernel:
	@scripts/build $(or $(KERNEL),7.3) $(or $(BED),$(if $(filter 6.12,$(KERNEL)),qemu,uml)) $(or $(VARIANT),m)

tools_install: setup
	@scripts/tools-install

patches: setup
	@scripts/patches refresh

check: setup
	@scripts/patches check

check-code: setup
	@scripts/check

arch-check: setup
	@scripts/arch $(ARCHS)

kcsan: setup
	@scripts/kcsan

coverage: setup
	@scripts/coverage

bisect-check: setup
	@scripts/bisect $(PATCHES)

check-docs: setup
	@scripts/test-docs

setup:
	@scripts/setup

fetch: setup
	@scripts/fetch kernel
	@scripts/fetch lua

clean:
	rm -rf build
