# SPDX-License-Identifier: GPL-2.0
#
# How to compile with lib/lua in user space; needs srctree.
#
# KLUA_HOST_CFLAGS is for programs that call klua_ functions: the kernel's dialect
# of C, and its headers as far as lib/lua needs them. KLUA_CFLAGS, in addition, is
# for what calls lua_ functions or belongs to lib/lua: the C library is the one that
# Lua sees, and printf() or malloc() are not in it.
KLUA_HOST_CFLAGS := -std=gnu11 -fno-strict-aliasing -fno-strict-overflow \
		    -fno-delete-null-pointer-checks -funsigned-char	\
		    -include linux/kconfig.h -include linux/compiler.h	\
		    -I$(srctree)/tools/lib/lua/include			\
		    -I$(srctree)/tools/include				\
		    -I$(srctree)/tools/include/uapi

# the order counts
KLUA_CFLAGS := -I$(srctree)/lib/lua/include -I$(srctree)/lib/lua/lua $(KLUA_HOST_CFLAGS)
