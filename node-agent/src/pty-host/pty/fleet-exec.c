/* Runs a program with nothing open but its terminal. The terminals' master sides can't be marked close-on-exec from
   JavaScript, so without this each session would hold those of all sessions before it. Usage: fleet-exec PROGRAM [ARG…] */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
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

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  close_all();
  execvp(argv[1], argv + 1);
  int error = errno;
  fprintf(stderr, "%s: %s\r\n", argv[1], strerror(error));
  return error == ENOENT ? 127 : 126;
}
