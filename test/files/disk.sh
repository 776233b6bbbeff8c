# Runs a line of bash on a root file system of its own, every write of which lands in one raw image.
# $1: an empty directory; $2: the project, which is there read-only; $3: the line.
set -e
image=$1/image
truncate -s 96M "$image"
mkfs.ext4 -q -F "$image"
mkdir "$1/disk" "$1/root"
# Written through at once and to new blocks, so that what is deleted is still there to be found.
mount -o loop,sync,nodelalloc,nodiscard "$image" "$1/disk"
mkdir "$1/disk/upper" "$1/disk/work"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/disk/upper,workdir=$1/disk/work" "$1/root"
for shared in /proc /dev /sys; do mount --rbind "$shared" "$1/root$shared"; done
mkdir -p "$1/root$2" "$1/root/old-root" "$1/root/user"
mount --bind "$2" "$1/root$2"
mount -o remount,bind,ro "$1/root$2"
cd "$1/root"
pivot_root . old-root
cd /user
umount -l /old-root
status=0
bash -c "$3" || status=$?
sync
exit "$status"
