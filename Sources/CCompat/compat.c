#define _GNU_SOURCE
#include "compat.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/random.h>

_Static_assert(COMPAT_OFD_GETLK == F_OFD_GETLK && COMPAT_OFD_SETLK == F_OFD_SETLK, "the kernel's numbers");

int compat_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

void compat_eventfd_ring(int descriptor) { eventfd_write(descriptor, 1); }

_Bool compat_eventfd_take(int descriptor) {
  eventfd_t rings;
  return eventfd_read(descriptor, &rings) == 0;
}

/* The static Swift runtime names these two, and with them would ask for glibc 2.35 and 2.36; defined here, the shipped
 * binary runs from 2.34 on. scripts/build checks that. */

float hypotf(float x, float y) { return (float)sqrt((double)x * x + (double)y * y); }

uint32_t arc4random(void) {
  uint32_t value;
  if (getrandom(&value, sizeof value, 0) != (ssize_t)sizeof value) abort();
  return value;
}
