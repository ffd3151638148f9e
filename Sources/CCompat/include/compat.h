#pragma once

/* What Swift's Glibc module does not import. No system header here: their types would then seem to come from this one. */

#include <stdint.h>

/* Open file description locks (fcntl(2)): glibc hides their names without _GNU_SOURCE. */
enum { COMPAT_OFD_GETLK = 36, COMPAT_OFD_SETLK = 37 };

/* eventfd(2), non-blocking and closed on exec; -1 and errno on failure. */
int compat_eventfd(void);
/* Adds one to the counter. */
void compat_eventfd_ring(int descriptor);
/* Sets the counter to zero; whether it was above. */
_Bool compat_eventfd_take(int descriptor);

/* A socket that receives the kernel's uevents; -1 and errno on failure. */
int compat_uevent_socket(void);
/* An inotify descriptor that tells of these events (IN_CREATE, ...) in a folder; -1 and errno on failure. */
int compat_watch_folder(const char *path, uint32_t events);

/* Whether the process ignores this signal. */
_Bool compat_is_ignored(int signal);
/* Sends this signal on to the calling thread, which has it blocked, whichever thread the kernel chooses for it. One thread of
 * the process may call this. */
void compat_forward_to_this_thread(int signal);
/* Ends the process as the signal does that nobody handles, so that its parent sees that. */
_Noreturn void compat_die_of(int signal);
