# Sourced by the other scripts: which kernel, and where its parts are.
# Needs $root, the repository.

build=$root/build
kernel=${KERNEL:-7.3}
[ -z "${KSRC:-}" ] || kernel=custom
tree=$build/tree-$kernel

# set_bed BED VARIANT
set_bed() {
	bed=$1 variant=$2
	case $bed in
	uml) arch=um image=linux ;;
	qemu) arch=x86_64 image=bzImage ;;
	*) die "BED is uml or qemu, not '$bed'" ;;
	esac
	case $variant in
	y | m) object=$build/object-$kernel-$bed ;;
	gcov | kcsan) object=$build/object-$kernel-$bed-$variant ;;
	bench) object=$build/object-$kernel-bench
		[ $bed = qemu ] || object=$object-$bed ;;
	*) die "VARIANT is y, m, gcov, kcsan or bench, not '$variant'" ;;
	esac
	result=$build/kernel/$kernel-$bed-$variant
}

# What ccache has for one clone fits every other.
repeatable_builds() {
	export KBUILD_BUILD_TIMESTAMP='2024-01-01' KBUILD_BUILD_USER=sol KBUILD_BUILD_HOST=lua
	# Without its depend mode, because then an option more makes only those files new that
	# ask for it.
	export CCACHE_BASEDIR="$root" CCACHE_NOHASHDIR=1
	export CCACHE_SLOPPINESS=time_macros,include_file_mtime
}

# Selftests that take minutes where KASAN or an emulator slows them down
long_programs="check.sh fault handler language library memory network samples.sh stress
	tool.sh transparency.sh upload.sh waiter"
