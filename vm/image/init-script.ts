import { ROOT_SERIAL } from './root-serial.ts'

/** How long init waits for that disk, in tenths of a second; a virtio disk without KVM takes one or two. */
const ROOT_WAIT = 150

/** sh, in the directory that becomes the root, a tmpfs: the directories it needs, the /usr and the /etc of the image mounted at `image`, which is let go of. */
export function layOut(image: string): string {
  return `mkdir -p usr proc sys dev run tmp mnt srv home root var/tmp var/lib || fail 'cannot make the directories of the root'
chmod 1777 tmp var/tmp
chmod 0700 root
for name in bin sbin lib lib64; do ln -s "usr/$name" "$name"; done
mount --bind ${image}/usr usr || fail 'cannot put the /usr of the image into the root'
cp -a ${image}/etc . || fail 'cannot copy the /etc of the image'
umount ${image} || fail 'cannot let go of the root disk'
[ -e etc/passwd ] || printf '%s\\n' 'root:x:0:0:root:/root:/bin/sh' 'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin' > etc/passwd
[ -e etc/group ] || printf '%s\\n' 'root:x:0:' 'nogroup:x:65534:' > etc/group
[ -e etc/mtab ] || ln -s ../proc/self/mounts etc/mtab
`
}

/**
 * `/init` of the initramfs (busybox sh): loads the modules, finds the root disk, and lays a tmpfs over what it needs of it,
 * as systemd does for `systemd.volatile=yes`: the guest can write everywhere but in /usr, and nothing it writes stays.
 * Every failure is one line on the console that begins `idmaplab: init: `, and the end of the guest.
 */
export const INIT = `#!/idmaplab/busybox sh
export PATH=/bin
/idmaplab/busybox mkdir -p /bin /proc /sys /dev /image /new
/idmaplab/busybox --install -s /bin
echo 'idmaplab: init'
fail() { echo "idmaplab: init: $1"; poweroff -f; }

mount -t proc proc /proc || fail 'cannot mount /proc'
mount -t sysfs sysfs /sys || fail 'cannot mount /sys'
mount -t devtmpfs dev /dev || fail 'cannot mount devtmpfs on /dev'

while read -r module; do
  insmod "/modules/$module" || fail "cannot load the kernel module $module"
done < /modules.load

hint=
[ -s /modules.load ] || hint=' (this kernel was given without modules, and may lack a driver)'
disk=
tries=0
while [ -z "$disk" ]; do
  for file in /sys/block/vd*/serial /sys/block/nvme*/device/serial; do
    serial=
    [ -e "$file" ] && read -r serial < "$file"
    block=\${file#/sys/block/}
    [ "$serial" = ${ROOT_SERIAL} ] && disk="/dev/\${block%%/*}"
  done
  [ -n "$disk" ] && break
  tries=$((tries + 1))
  [ "$tries" -gt ${ROOT_WAIT} ] && fail "no virtio or NVMe disk with the serial number ${ROOT_SERIAL} appeared in ${ROOT_WAIT / 10} s; the disks there are: $(ls /sys/block)$hint"
  sleep 0.1
done

mount -t ext4 -o ro "$disk" /image || mount -t ext2 -o ro "$disk" /image || fail "cannot mount $disk as ext4 or ext2"
mount -t tmpfs -o mode=0755 root /new || fail 'cannot mount a tmpfs for the root'
cd /new
${layOut('/image')}cp -a /idmaplab . || fail 'cannot copy the loader'
for name in proc sys dev; do mount --move "/$name" "$name" || fail "cannot move /$name into the root"; done
cd /
exec switch_root -c /dev/console /new /idmaplab/busybox sh /idmaplab/start
`

/** sh, in the guest's own root, where `$b` is busybox: what everything that runs there finds. Mounts are shared, as systemd has them on a real host. */
export const SETTLE = `$b mount --make-rshared / || fail 'cannot make the mounts shared'
$b hostname idmaplab
# The image has no coreutils; busybox stands in for whatever it lacks, after the real ones.
$b mkdir -p /idmaplab/bin
$b --install -s /idmaplab/bin
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/idmaplab/bin HOME=/root LANG=C.UTF-8 TERM=dumb
cd /
`

/** PID 1 in the guest's own root: sh reaps the orphans while it waits for the agent. */
export const START = `b=/idmaplab/busybox
fail() { echo "idmaplab: init: $1"; $b poweroff -f; }
# As every host has them; a kernel without them can still be tested.
$b mkdir -p /dev/pts
$b mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts
$b mount -t cgroup2 cgroup2 /sys/fs/cgroup
${SETTLE}[ -d /sys/class/virtio-ports ] || fail 'this kernel has no virtio_console, through which the agent talks'
[ -e /idmaplab/loader.mjs ] || fail 'there is no /idmaplab/loader.mjs'
/usr/bin/node --no-opt --no-sparkplug /idmaplab/loader.mjs < /dev/null
echo "idmaplab: the agent ended with status $?"
$b poweroff -f
`
