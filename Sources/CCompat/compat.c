#define _GNU_SOURCE
#include "compat.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

_Static_assert(COMPAT_OFD_GETLK == F_OFD_GETLK && COMPAT_OFD_SETLK == F_OFD_SETLK, "the kernel's numbers");

int compat_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

void compat_eventfd_ring(int descriptor) { eventfd_write(descriptor, 1); }

_Bool compat_eventfd_take(int descriptor) {
  eventfd_t rings;
  return eventfd_read(descriptor, &rings) == 0;
}

static int closed_with_errno(int descriptor) {
  int saved = errno;
  close(descriptor);
  errno = saved;
  return -1;
}

int compat_uevent_socket(void) {
  /* Group 1 is the kernel's own; udevd's group 2 would need its format. */
  struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = 1};
  int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
  if (descriptor < 0) return -1;
  if (bind(descriptor, (struct sockaddr *)&address, sizeof address) < 0) return closed_with_errno(descriptor);
  return descriptor;
}

int compat_watch_folder(const char *path, uint32_t events) {
  int descriptor = inotify_init1(IN_CLOEXEC);
  if (descriptor < 0) return -1;
  if (inotify_add_watch(descriptor, path, events) < 0) return closed_with_errno(descriptor);
  return descriptor;
}

_Bool compat_is_ignored(int number) {
  struct sigaction action;
  return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static pthread_t signal_thread;

static void forward(int number) { pthread_kill(signal_thread, number); }

void compat_forward_to_this_thread(int number) {
  struct sigaction action = {.sa_handler = forward, .sa_flags = SA_RESTART};
  signal_thread = pthread_self();
  sigaction(number, &action, NULL);
}

_Noreturn void compat_die_of(int number) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, number);
  signal(number, SIG_DFL);
  raise(number);
  pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
  abort();
}

/* The static Swift runtime names these two, and with them would ask for glibc 2.35 and 2.36; defined here, the shipped
 * binary runs from 2.34 on. scripts/build checks that. */

float hypotf(float x, float y) { return (float)sqrt((double)x * x + (double)y * y); }

uint32_t arc4random(void) {
  uint32_t value;
  if (getrandom(&value, sizeof value, 0) != (ssize_t)sizeof value) abort();
  return value;
}
