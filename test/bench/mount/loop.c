/* The system calls of one idmapped mount, made and undone, as the library makes them: loop SOURCE TARGET USERNS COUNT prints the median in nanoseconds. */
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

enum { OPEN_TREE = 428, MOVE_MOUNT = 429, MOUNT_SETATTR = 442 };

struct attributes { uint64_t set, clear, propagation, userns; };

static void made(long result, const char *call) {
  if (result >= 0) return;
  perror(call);
  exit(1);
}

static void mount_and_unmount(const char *source, const char *target, int userns) {
  struct attributes idmap = { 0x100000, 0, 0, (uint64_t)userns };
  struct statx status;
  int tree = syscall(OPEN_TREE, AT_FDCWD, source, 1 | O_CLOEXEC);
  made(tree, "open_tree");
  made(syscall(MOUNT_SETATTR, tree, "", AT_EMPTY_PATH, &idmap, sizeof idmap), "mount_setattr");
  made(syscall(MOVE_MOUNT, tree, "", AT_FDCWD, target, 0x14), "move_mount");
  made(statx(tree, "", AT_EMPTY_PATH, 0x1000, &status), "statx");
  close(tree);
  made(statx(AT_FDCWD, target, 0, 0x1000, &status), "statx");
  made(umount2(target, 0), "umount2");
}

static int ascending(const void *a, const void *b) {
  int64_t difference = *(const int64_t *)a - *(const int64_t *)b;
  return (difference > 0) - (difference < 0);
}

int main(int argc, char **argv) {
  if (argc != 5) return 64;
  int userns = open(argv[3], O_RDONLY | O_CLOEXEC), count = atoi(argv[4]);
  int64_t *took = calloc(count, sizeof *took);
  made(userns, "open");
  for (int i = 0; i < count; i++) {
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    mount_and_unmount(argv[1], argv[2], userns);
    clock_gettime(CLOCK_MONOTONIC, &end);
    took[i] = (end.tv_sec - start.tv_sec) * 1000000000LL + end.tv_nsec - start.tv_nsec;
  }
  qsort(took, count, sizeof *took, ascending);
  printf("%lld\n", (long long)took[count / 2]);
  return 0;
}
