/* The bare C read loop on a terminal, for comparison: a program on a PTY, and nothing but read().
   pty-loop flow BYTES CMD...   waits for READY>, types a newline, reads BYTES; prints {"seconds": s}
   pty-loop echo KEYS CMD...    waits for READY>, types KEYS keys one after the other; prints {"us": [latency, ...]} */
#define _GNU_SOURCE
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char buffer[65536 + 1];

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void await_ready(int fd) {
  char seen[512] = "";
  size_t length = 0;
  while (!strstr(seen, "READY>") || seen[length - 1] != '\n') {
    ssize_t n = read(fd, seen + length, sizeof seen - 1 - length);
    if (n <= 0) fail("the program did not get ready");
    length += (size_t)n;
    seen[length] = 0;
  }
}

static void flow(int fd, long long bytes) {
  double from = now();
  if (write(fd, "\n", 1) != 1) fail("write");
  while (bytes > 0) {
    ssize_t n = read(fd, buffer, 65536);
    if (n <= 0) fail("read");
    bytes -= n;
  }
  printf("{\"seconds\": %.6f}\n", now() - from);
}

static void echo(int fd, long long keys) {
  printf("{\"us\": [");
  for (long long i = 0; i < keys; i++) {
    char key = 'a' + i % 26;
    double from = now();
    if (write(fd, &key, 1) != 1 || read(fd, buffer, 65536) <= 0) fail("echo");
    printf("%s%.1f", i ? ", " : "", (now() - from) * 1e6);
  }
  printf("]}\n");
}

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  struct winsize size = {24, 80, 0, 0};
  int fd;
  pid_t child = forkpty(&fd, NULL, NULL, &size);
  if (child < 0) fail("forkpty");
  if (child == 0) {
    execvp(argv[3], argv + 3);
    _exit(127);
  }
  await_ready(fd);
  if (!strcmp(argv[1], "flow")) flow(fd, atoll(argv[2]));
  else echo(fd, atoll(argv[2]));
  fflush(stdout);
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  return 0;
}
