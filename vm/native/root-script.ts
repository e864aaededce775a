import { layOut, SETTLE } from '../image/init-script.ts'

/** What the arguments of {@link ROOT_SCRIPT} are. */
export type RootParts = {
  /** Absolute path of the image with the guest's root. */
  readonly image: string
  /** Absolute path of the static busybox of that image. */
  readonly busybox: string
  /** Absolute path of the directory with koffi's native part. */
  readonly loader: string
  /** Absolute path of a directory that the new root may cover; nothing is written to it. */
  readonly stage: string
}

/** The words behind `sh -c SCRIPT`. */
export function rootArguments({ image, busybox, loader, stage }: RootParts): string[] {
  return ['idmaplab', image, busybox, loader, stage]
}

/** Drivers that a mount may need and that a kernel may still have to load, as mount(2) itself would. */
const MODULES = 'loop ext4 vfat nls_cp437 nls_ascii nls_iso8859-1 nls_utf8 overlay'

/** Below /proc: what is not the namespaces' own. A sysctl or a SysRq that belongs into a guest would hit the machine. */
const OF_THE_MACHINE = 'sys sysrq-trigger'

// A user namespace may mount its own proc and sysfs only where one is visible as a whole (mount_too_revealing(), fs/namespace.c): hence the second ones.
/**
 * What PID 1 of the new namespaces does (sh, with the host's tools): the same root as in a guest, over a tmpfs; then it leaves the
 * host's mounts, of which it has a private copy only, behind. The agent comes over the standard input. Every failure is one line
 * that begins `idmaplab: init: `.
 */
export const ROOT_SCRIPT = `
fail() { echo "idmaplab: init: $1"; exit 1; }
image=$1 busybox=$2 loader=$3 stage=$4
modprobe -a -q ${MODULES} 2>/dev/null
mount -t tmpfs -o mode=0755 root "$stage" || fail 'cannot mount a tmpfs for the root'
cd "$stage"
mkdir image old idmaplab
mount -t ext4 -o ro,loop "$image" image || mount -t ext2 -o ro,loop "$image" image || fail 'cannot mount the image of the root on a loop device'
${layOut('image')}rmdir image
mkdir idmaplab/node_modules
cp "$busybox" idmaplab/busybox && cp "$loader/koffi.node" idmaplab && ln -s ../koffi.node idmaplab/node_modules && cat > idmaplab/agent.cjs || fail 'cannot copy the agent'
mount --bind /dev dev && mount -o remount,bind,ro dev || fail 'cannot put /dev into the root'
[ ! -d dev/pts ] || mount -t devpts -o newinstance,gid=5,mode=620,ptmxmode=666 devpts dev/pts || fail 'cannot mount devpts'
[ ! -d dev/shm ] || mount -t tmpfs -o mode=1777 shm dev/shm || fail 'cannot mount a tmpfs on /dev/shm'
mount -t proc proc proc || fail 'cannot mount /proc'
for name in ${OF_THE_MACHINE}; do
  [ -e "proc/$name" ] || continue
  mount --bind "proc/$name" "proc/$name" && mount -o remount,bind,ro "proc/$name" || fail "cannot make /proc/$name read-only"
done
mount -t sysfs -o ro sys sys || fail 'cannot mount /sys'
mkdir idmaplab/whole idmaplab/whole/proc idmaplab/whole/sys
mount -t proc proc idmaplab/whole/proc && mount -t sysfs sys idmaplab/whole/sys || fail 'cannot mount /proc and /sys as a whole'
pivot_root . old || fail 'cannot make the new root the root'
cd /
umount -l /old && /idmaplab/busybox rmdir /old || fail 'cannot leave the mounts of the host'
exec /idmaplab/busybox sh -c "$AGENT_SCRIPT"
`

/** Then the same in the new root; sh reaps the orphans while it waits for the agent. */
export const AGENT_SCRIPT = `b=/idmaplab/busybox
fail() { echo "idmaplab: init: $1"; exit 1; }
unset AGENT_SCRIPT
${SETTLE}/usr/bin/node /idmaplab/agent.cjs < /dev/null
status=$?
echo "idmaplab: the agent ended with status $status"
exit $status
`
