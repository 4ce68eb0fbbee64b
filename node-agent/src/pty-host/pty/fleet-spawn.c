/* Starts the programs of sessions, each on its terminal, and says how they end. A PTY host is large and has many threads:
   forking it takes milliseconds, makes it slow afterwards, and its children inherit what Node can't mark close-on-exec.
   This is a page or two, has nothing open but its line to the host, and becomes each program by one cheap fork.

   Standard input: requests. Each is its length (4 bytes, little endian) and so many bytes: texts that end with NUL, which are
     number, terminal, directory, control group (its cgroup.procs, or empty), count of arguments, arguments…, environment…
   With a count of 0 nothing is started: the terminal is looked at, its modes and how many bytes its program hasn't read.
   Standard output: a line for what happened.
     started NUMBER PID | failed NUMBER ERRNO | ended PID CODE SIGNAL | seen NUMBER COLLECTS-LINES UNREAD MODES
   The end of standard input is the end of the host, and of this. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { MOST = 64 * 1024 * 1024, SHELL_NOT_FOUND = 127, SHELL_NOT_EXECUTABLE = 126 };

struct request {
  const char *number, *terminal, *directory, *group;
  char **argv, **env;
};

static int woken[2];

static void on_child(int signal) {
  int error = errno;
  (void)signal;
  ssize_t written = write(woken[1], "", 1);
  (void)written;
  errno = error;
}

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

/* What a terminal is like before a program changes it. */
static void set_up_terminal(int fd) {
  struct termios terminal;
  if (tcgetattr(fd, &terminal) < 0) return;
  terminal.c_iflag = ICRNL | IXON | IXANY | IMAXBEL | BRKINT;
#ifdef IUTF8
  terminal.c_iflag |= IUTF8;
#endif
  terminal.c_oflag = OPOST | ONLCR;
  terminal.c_cflag = CREAD | CS8 | HUPCL;
  terminal.c_lflag = ICANON | ISIG | IEXTEN | ECHO | ECHOE | ECHOK | ECHOKE | ECHOCTL;
  terminal.c_cc[VERASE] = 0x7f;
  cfsetispeed(&terminal, B38400);
  cfsetospeed(&terminal, B38400);
  tcsetattr(fd, TCSANOW, &terminal);
}

/* The session's control group: from here on nothing that the program starts is outside, and no other moment is as early.
   Where it can't be entered the session runs all the same: its processes are then found by their marks. */
static void enter(const char *group) {
  int fd = open(group, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  ssize_t written = write(fd, "0", 1);
  (void)written;
  close(fd);
}

/* In the child. */
static void become(const struct request *request) {
  sigset_t none;
  sigemptyset(&none);
  for (int signal_number = 1; signal_number < NSIG; signal_number++) signal(signal_number, SIG_DFL);
  sigprocmask(SIG_SETMASK, &none, NULL);
  setsid();
  int terminal = open(request->terminal, O_RDWR);
  if (terminal < 0) _exit(SHELL_NOT_EXECUTABLE);
  ioctl(terminal, TIOCSCTTY, 0);
  set_up_terminal(terminal);
  dup2(terminal, 0);
  dup2(terminal, 1);
  dup2(terminal, 2);
  close_all();
  if (request->group[0] != '\0') enter(request->group);
  if (chdir(request->directory) < 0) {
    fprintf(stderr, "%s: %s\r\n", request->directory, strerror(errno));
    _exit(SHELL_NOT_EXECUTABLE);
  }
  environ = request->env;
  execvp(request->argv[0], request->argv);
  int error = errno;
  fprintf(stderr, "%s: %s\r\n", request->argv[0], strerror(error));
  _exit(error == ENOENT ? SHELL_NOT_FOUND : SHELL_NOT_EXECUTABLE);
}

static const char *next_text(char **at, const char *end) {
  char *text = *at, *stop = memchr(text, '\0', (size_t)(end - text));
  if (stop == NULL) return NULL;
  *at = stop + 1;
  return text;
}

/* @return 0 for what isn't a request */
static int parse(char *bytes, size_t length, struct request *request) {
  char *at = bytes, *end = bytes + length;
  const char *count;
  if ((request->number = next_text(&at, end)) == NULL || (request->terminal = next_text(&at, end)) == NULL) return 0;
  if ((request->directory = next_text(&at, end)) == NULL || (request->group = next_text(&at, end)) == NULL) return 0;
  if ((count = next_text(&at, end)) == NULL) return 0;
  long arguments = atol(count);
  size_t texts = 0;
  for (char *byte = at; byte < end; byte++) texts += *byte == '\0';
  if (arguments < 0 || (size_t)arguments > texts) return 0;
  char **all = calloc(texts + 2, sizeof *all);
  if (all == NULL) return 0;
  request->argv = all;
  for (long index = 0; index < arguments; index++) all[index] = (char *)next_text(&at, end);
  request->env = all + arguments + 1;
  for (size_t index = 0; index < texts - (size_t)arguments; index++) request->env[index] = (char *)next_text(&at, end);
  return 1;
}

static void start(const struct request *request) {
  pid_t pid = fork();
  if (pid == 0) become(request);
  if (pid < 0) printf("failed %s %d\n", request->number, errno);
  else printf("started %s %d\n", request->number, (int)pid);
}

/* What a program has made of its terminal, and what it hasn't taken from it yet. */
static void look(const struct request *request) {
  int fd = open(request->terminal, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC), unread = 0;
  struct termios now;
  /* The kernel hands on what was typed when it gets to it. A poll does not wait for input, but for that. */
  struct pollfd typed = {.fd = fd, .events = POLLIN};
  if (fd >= 0) poll(&typed, 1, 0);
  if (fd < 0 || tcgetattr(fd, &now) < 0 || ioctl(fd, FIONREAD, &unread) < 0) {
    printf("failed %s %d\n", request->number, errno);
  } else {
    printf("seen %s %d %d %x:%x:%x:%x", request->number, (now.c_lflag & ICANON) != 0, unread, now.c_iflag, now.c_oflag, now.c_lflag, now.c_cflag);
    for (size_t at = 0; at < NCCS; at++) printf(":%x", now.c_cc[at]);
    printf("\n");
  }
  if (fd >= 0) close(fd);
}

static void reap(void) {
  int status;
  for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
    printf("ended %d %d %d\n", (int)pid, WIFEXITED(status) ? WEXITSTATUS(status) : 0, WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

/* What has come so far; whole requests are taken from its beginning. @return 0 at the end of input, or for no request */
static int receive(char **held, size_t *length, size_t *room) {
  if (*room - *length < 64 * 1024) {
    char *more = realloc(*held, *room + 256 * 1024);
    if (more == NULL) return 0;
    *held = more;
    *room += 256 * 1024;
  }
  ssize_t got = read(0, *held + *length, *room - *length);
  if (got < 0 && errno == EINTR) return 1;
  if (got <= 0) return 0;
  *length += (size_t)got;
  for (;;) {
    uint32_t size;
    if (*length < sizeof size) return 1;
    memcpy(&size, *held, sizeof size);
    if (size > MOST) return 0;
    if (*length < sizeof size + size) return 1;
    struct request request;
    if (!parse(*held + sizeof size, size, &request)) return 0;
    if (request.argv[0] == NULL) look(&request);
    else start(&request);
    free(request.argv);
    *length -= sizeof size + size;
    memmove(*held, *held + sizeof size + size, *length);
  }
}

int main(void) {
  char *held = NULL;
  size_t length = 0, room = 0;
  close_all();
  if (pipe2(woken, O_CLOEXEC | O_NONBLOCK) < 0) return 1;
  signal(SIGPIPE, SIG_IGN);
  struct sigaction action = {.sa_handler = on_child, .sa_flags = SA_RESTART | SA_NOCLDSTOP};
  sigaction(SIGCHLD, &action, NULL);
  for (;;) {
    struct pollfd lines[2] = {{.fd = 0, .events = POLLIN}, {.fd = woken[0], .events = POLLIN}};
    if (poll(lines, 2, -1) < 0 && errno != EINTR) return 1;
    if (lines[0].revents != 0 && !receive(&held, &length, &room)) return 0;
    char signals[64];
    while (read(woken[0], signals, sizeof signals) > 0) continue;
    reap();
    if (fflush(stdout) != 0) return 1;
  }
}
