#pragma once
#include <gnu/libc-version.h>
#include <linux/ioprio.h>
#include <semaphore.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

/// Gives what the calling thread reads and writes the usual priority, whatever its share of the processor (ioprio_set(2);
/// the C library has no function for it). Answers 0, or -1 with errno.
static inline int linux_use_usual_io_priority(void) {
    return (int)syscall(
        SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, IOPRIO_NORM));
}

/// Returns whether the kernel's clock is synchronised (adjtimex(2), whose header Swift's Glibc leaves out).
static inline int linux_is_clock_synchronised(void) {
    struct timex clock;
    memset(&clock, 0, sizeof clock);
    int state = adjtimex(&clock);
    return state != -1 && state != TIME_ERROR;
}

/// Returns the version of the C library (gnu_get_libc_version(3), whose header Swift's Glibc leaves out).
static inline const char *linux_libc_version(void) { return gnu_get_libc_version(); }

/// Sets aside blocks for the first `bytes` of a file, which is at least as long then (fallocate(2), whose declaration needs
/// GNU's extensions). Returns 0, or -1 with errno.
static inline int linux_allocate(int file, long long bytes) {
    return (int)syscall(SYS_fallocate, file, 0, 0LL, bytes);
}

extern int sem_clockwait(sem_t *__restrict semaphore, clockid_t clock, const struct timespec *__restrict end);

/// Waits for a semaphore, at most until a time of the clock that never jumps (sem_clockwait(3), whose declaration needs GNU's
/// extensions). Returns 0, or -1 with errno.
static inline int linux_wait_until(sem_t *semaphore, const struct timespec *end) {
    return sem_clockwait(semaphore, CLOCK_MONOTONIC, end);
}
