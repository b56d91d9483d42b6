#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Usage: embed.sh FILE...
#
# Writes the libraries as C, for lib.c: texts[], a struct lib_text for each file.

for file; do
	name=$(basename "$file" .lua)
	echo "static const char ${name}_text[] __initconst ="
	sed 's/[\\"]/\\&/g; s/.*/"&\\n"/' "$file"
	echo ";"
done
echo "static const struct lib_text texts[] __initconst = {"
for file; do
	name=$(basename "$file" .lua)
	echo "{ \"$name\", \"=$name\", ${name}_text },"
done
echo "};"
