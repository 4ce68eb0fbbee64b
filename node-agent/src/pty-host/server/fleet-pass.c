/* Hands a listening socket from one PTY host to the next, so that a port changes hands without a moment in which nobody
   listens. Node can't pass descriptors to a process that isn't its child; this can, and then becomes the host.
   Usage: fleet-pass give SOCKET                  sends descriptor 3 to who waits at SOCKET
          fleet-pass take SOCKET PROGRAM [ARG…]   waits for one, then runs PROGRAM ARG… --listen-fd 3
   Without a descriptor within the time PROGRAM runs all the same, without --listen-fd. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { WAIT_MS = 3000, STEP_MS = 5, PASSED = 3 };

static int address_of(const char *path, struct sockaddr_un *address) {
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  if (strlen(path) >= sizeof address->sun_path) return -1;
  strcpy(address->sun_path, path);
  return 0;
}

static int send_descriptor(int line, int descriptor) {
  char byte = 0, room[CMSG_SPACE(sizeof(int))] = {0};
  struct iovec data = {.iov_base = &byte, .iov_len = 1};
  struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  return sendmsg(line, &message, 0) == 1 ? 0 : -1;
}

static int receive_descriptor(int line) {
  char byte, room[CMSG_SPACE(sizeof(int))];
  struct iovec data = {.iov_base = &byte, .iov_len = 1};
  struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
  if (recvmsg(line, &message, 0) != 1) return -1;
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (header == NULL || header->cmsg_type != SCM_RIGHTS) return -1;
  int descriptor;
  memcpy(&descriptor, CMSG_DATA(header), sizeof descriptor);
  return descriptor;
}

static int readable(int descriptor) {
  struct pollfd wait = {.fd = descriptor, .events = POLLIN};
  return poll(&wait, 1, WAIT_MS) == 1;
}

static int give(const char *path) {
  struct sockaddr_un address;
  if (address_of(path, &address) < 0) return 1;
  int line = socket(AF_UNIX, SOCK_STREAM, 0);
  if (line < 0) return 1;
  for (int left = WAIT_MS / STEP_MS; left > 0; left--, usleep(STEP_MS * 1000)) {
    if (connect(line, (struct sockaddr *)&address, sizeof address) == 0) return send_descriptor(line, PASSED) == 0 ? 0 : 1;
  }
  return 1;
}

/* -1: nothing came. */
static int take(const char *path) {
  struct sockaddr_un address;
  if (address_of(path, &address) < 0) return -1;
  int waiting = socket(AF_UNIX, SOCK_STREAM, 0), taken = -1;
  if (waiting < 0) return -1;
  if (bind(waiting, (struct sockaddr *)&address, sizeof address) == 0 && listen(waiting, 1) == 0 && readable(waiting)) {
    int line = accept(waiting, NULL, NULL);
    if (line >= 0 && readable(line)) taken = receive_descriptor(line);
    if (line >= 0) close(line);
  }
  close(waiting);
  unlink(path);
  return taken;
}

int main(int argc, char **argv) {
  if (argc == 3 && strcmp(argv[1], "give") == 0) return give(argv[2]);
  if (argc < 4 || strcmp(argv[1], "take") != 0) return 2;
  char **program = calloc((size_t)argc + 1, sizeof *program);
  if (program == NULL) return 1;
  int count = argc - 3;
  memcpy(program, argv + 3, (size_t)count * sizeof *program);
  int taken = take(argv[2]);
  if (taken >= 0) {
    if (taken != PASSED) {
      dup2(taken, PASSED);
      close(taken);
    }
    program[count] = "--listen-fd";
    program[count + 1] = "3";
  }
  execvp(program[0], program);
  fprintf(stderr, "%s: %s\n", program[0], strerror(errno));
  return 127;
}
