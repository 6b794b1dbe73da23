#pragma once
#include <linux/ioprio.h>
#include <sys/syscall.h>
#include <unistd.h>

/// Gives what the calling thread reads and writes the usual priority, whatever its share of the processor (ioprio_set(2);
/// the C library has no function for it). Answers 0, or -1 with errno.
static inline int linux_use_usual_io_priority(void) {
    return (int)syscall(
        SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, IOPRIO_NORM));
}
