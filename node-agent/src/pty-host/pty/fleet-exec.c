/* Runs a program with nothing open but its terminal. The terminals' master sides can't be marked close-on-exec from
   JavaScript, so without this each session would hold those of all sessions before it. Before that it enters the session's
   control group: from here on nothing that the program starts is outside, and no other moment is as early.
   Usage: fleet-exec GROUP PROGRAM [ARG…]; GROUP is a cgroup.procs file, or - for none */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static void close_all(void) {
#ifdef SYS_close_range
  if (syscall(SYS_close_range, 3U, ~0U, 0U) == 0) return;
#endif
  DIR *open = opendir("/proc/self/fd");
  if (open == NULL) return;
  for (struct dirent *entry; (entry = readdir(open)) != NULL;) {
    int fd = atoi(entry->d_name);
    if (fd > 2 && fd != dirfd(open)) close(fd);
  }
  closedir(open);
}

/* Where it can't be entered the session runs all the same: its processes are then found by their marks. */
static void enter(const char *group) {
  int fd = open(group, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  ssize_t written = write(fd, "0", 1);
  (void)written;
  close(fd);
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  close_all();
  if (strcmp(argv[1], "-") != 0) enter(argv[1]);
  execvp(argv[2], argv + 2);
  int error = errno;
  fprintf(stderr, "%s: %s\r\n", argv[2], strerror(error));
  return error == ENOENT ? 127 : 126;
}
