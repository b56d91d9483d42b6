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
	case $variant in y | m) ;; *) die "VARIANT is y or m, not '$variant'" ;; esac
	object=$build/object-$kernel-$bed
	result=$build/kernel/$kernel-$bed-$variant
}
