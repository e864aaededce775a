import type { CauseRow } from './refusal-causes.ts'

const NO_SUCH_PROCESS = 'there is no such process, or it has ended'

/** What clone(2), unshare(2), setns(2) and the calls for ids and capabilities mean by their errnos. */
export const processCauses: readonly CauseRow[] = [
  ...['clone', 'unshare'].flatMap(call => [
    {
      call,
      errno: 'ENOSPC',
      showing: 'CLONE_NEWUSER',
      sentence: 'user.max_user_namespaces is reached, or user namespaces are nested 33 deep',
      source: 'user_namespaces(7); create_user_ns() in kernel/user_namespace.c',
    },
    {
      call,
      errno: 'EPERM',
      showing: 'CLONE_NEWUSER',
      sentence:
        'the caller is in a chroot, has no id in its own user namespace, or the system forbids it to the unprivileged',
      source: 'user_namespaces(7); create_user_ns(); Debian’s kernel.unprivileged_userns_clone',
    },
  ]),
  { call: 'clone', errno: 'EPERM', showing: 'CLONE_NEWNS', sentence: 'CAP_SYS_ADMIN is missing', source: 'clone(2)' },
  {
    call: 'clone',
    errno: 'EAGAIN',
    sentence: 'RLIMIT_NPROC or the cgroup’s pids.max is reached',
    source: 'clone(2)',
  },
  {
    call: 'unshare',
    errno: 'EINVAL',
    showing: 'CLONE_NEWUSER',
    sentence: 'the caller has several threads',
    source: 'unshare(2); check_unshare_flags() in kernel/fork.c',
  },
  { call: 'unshare', errno: 'EPERM', sentence: 'CAP_SYS_ADMIN is missing', source: 'unshare(2)' },
  {
    call: 'setns',
    errno: 'EINVAL',
    sentence: 'it is the caller’s own user namespace, or the caller has several threads, or it is of another kind',
    source: 'setns(2); userns_install() in kernel/user_namespace.c',
  },
  {
    call: 'setns',
    errno: 'EPERM',
    sentence: 'CAP_SYS_ADMIN is missing in the user namespace that owns it',
    source: 'setns(2)',
  },
  { call: 'setns', errno: 'ESRCH', sentence: NO_SUCH_PROCESS, source: 'setns(2)' },
  { call: 'pidfd_open', errno: 'ESRCH', sentence: NO_SUCH_PROCESS, source: 'pidfd_open(2)' },
  {
    call: 'pidfd_open',
    errno: 'EINVAL',
    sentence: 'it is a thread that leads no process, or no number of a process',
    source: 'pidfd_open(2)',
  },
  {
    call: 'pidfd_getfd',
    errno: 'EPERM',
    sentence: 'the caller may not trace that process (PTRACE_MODE_ATTACH_REALCREDS)',
    source: 'pidfd_getfd(2)',
  },
  { call: 'setresuid', errno: 'EINVAL', sentence: 'the user namespace does not map this uid', source: 'setresuid(2)' },
  { call: 'setresgid', errno: 'EINVAL', sentence: 'the user namespace does not map this gid', source: 'setresgid(2)' },
  { call: 'setresuid', errno: 'EPERM', sentence: 'CAP_SETUID is missing', source: 'setresuid(2)' },
  { call: 'setresgid', errno: 'EPERM', sentence: 'CAP_SETGID is missing', source: 'setresgid(2)' },
  {
    call: 'setgroups',
    errno: 'EPERM',
    sentence: 'CAP_SETGID is missing, or the user namespace’s setgroups file says deny, or it has no gid map yet',
    source: 'setgroups(2); user_namespaces(7)',
  },
  {
    call: 'setgroups',
    errno: 'EINVAL',
    sentence: 'the user namespace does not map one of the gids',
    source: 'setgroups(2)',
  },
  {
    call: 'sendmsg',
    errno: 'EINVAL',
    showing: 'SCM_CREDENTIALS',
    sentence: 'the sender’s user namespace does not map an id of the credentials',
    source: 'scm_send() in net/core/scm.c; unix(7)',
  },
  {
    call: 'sendmsg',
    errno: 'EPERM',
    showing: 'SCM_CREDENTIALS',
    sentence:
      'the credentials are not the sender’s own, and CAP_SETUID, CAP_SETGID or, for the pid, CAP_SYS_ADMIN is missing',
    source: 'scm_check_creds() in net/core/scm.c; unix(7)',
  },
  {
    call: 'capset',
    errno: 'EPERM',
    sentence: 'a capability was asked for that the caller is not permitted',
    source: 'capset(2)',
  },
]
