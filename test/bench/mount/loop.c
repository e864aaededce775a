/* The system calls of one idmapped mount, made and undone, as the library makes them. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { OPEN_TREE = 428, MOVE_MOUNT = 429, MOUNT_SETATTR = 442, IDMAP = 0x100000, SLAVE = 1 << 19 };

struct attributes { uint64_t set, clear, propagation, userns; };

static void made(long result, const char *call) {
  if (result >= 0) return;
  perror(call);
  exit(1);
}

static void mount_and_unmount(const char *source, const char *target, int userns) {
  struct attributes idmap = { IDMAP, 0, SLAVE, (uint64_t)userns };
  struct statx status;
  int tree = syscall(OPEN_TREE, AT_FDCWD, source, 1 | O_CLOEXEC);
  made(tree, "open_tree");
  made(syscall(MOUNT_SETATTR, tree, "", AT_EMPTY_PATH, &idmap, sizeof idmap), "mount_setattr");
  made(statx(tree, "", AT_EMPTY_PATH, 0x1000, &status), "statx");
  made(syscall(MOVE_MOUNT, tree, "", AT_FDCWD, target, 0x14), "move_mount");
  close(tree);
  made(statx(AT_FDCWD, target, 0, 0x1000, &status), "statx");
  made(umount2(target, 0), "umount2");
}

/* The nanoseconds that one mount takes. */
int64_t once(const char *source, const char *target, int userns) {
  struct timespec start, end;
  clock_gettime(CLOCK_MONOTONIC, &start);
  mount_and_unmount(source, target, userns);
  clock_gettime(CLOCK_MONOTONIC, &end);
  return (end.tv_sec - start.tv_sec) * 1000000000LL + end.tv_nsec - start.tv_nsec;
}
