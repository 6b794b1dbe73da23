// Tells ThreadSanitizer of the hand-offs that it cannot see, because they are made in libraries that are not built with it:
// a Mutex that has to wait, Dispatch's semaphores and queues, and what a global is initialized by. Without this whatever
// one thread gives another through them looks like a race.
//
// Preloaded into a test run (see .ci/test); in a process without the sanitizer it does nothing.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

extern void __tsan_acquire(void *) __attribute__((weak));
extern void __tsan_release(void *) __attribute__((weak));

static void acquire(void *place) {
    if (__tsan_acquire) __tsan_acquire(place);
}

static void release(void *place) {
    if (__tsan_release) __tsan_release(place);
}

#define NEXT(type, symbol) \
    static __typeof__(type) next; \
    if (!next) next = (__typeof__(type))dlsym(RTLD_NEXT, symbol)

// What Mutex does where somebody else has it; the rest of it is in the code that uses it, which is built with the sanitizer.
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
typedef __attribute__((swiftcall)) void (*Lock)(uint32_t, __attribute__((swift_context)) void *);
typedef __attribute__((swiftcall)) void (*Unlock)(__attribute__((swift_context)) void *);

__attribute__((swiftcall)) void lock(uint32_t thread, __attribute__((swift_context)) void *mutex) __asm__(LOCK);
__attribute__((swiftcall)) void lock(uint32_t thread, __attribute__((swift_context)) void *mutex) {
    NEXT(Lock, LOCK);
    next(thread, mutex);
    acquire(mutex);
}

__attribute__((swiftcall)) void unlock(__attribute__((swift_context)) void *mutex) __asm__(UNLOCK);
__attribute__((swiftcall)) void unlock(__attribute__((swift_context)) void *mutex) {
    NEXT(Unlock, UNLOCK);
    release(mutex);
    next(mutex);
}

struct initialization {
    void *token, *context;
    void (*initialize)(void *);
};

static void initialize(void *place) {
    struct initialization *it = place;
    it->initialize(it->context);
    release(it->token);
}

void swift_once(void *token, void (*function)(void *), void *context) {
    NEXT(void (*)(void *, void (*)(void *), void *), "swift_once");
    struct initialization it = {token, context, function};
    next(token, initialize, &it);
    acquire(token);
}

intptr_t dispatch_semaphore_signal(void *semaphore) {
    NEXT(intptr_t (*)(void *), "dispatch_semaphore_signal");
    release(semaphore);
    return next(semaphore);
}

intptr_t dispatch_semaphore_wait(void *semaphore, uint64_t timeout) {
    NEXT(intptr_t (*)(void *, uint64_t), "dispatch_semaphore_wait");
    intptr_t result = next(semaphore, timeout);
    if (result == 0) acquire(semaphore);
    return result;
}

typedef void (^Block)(void);

void dispatch_sync(void *queue, Block block) {
    NEXT(void (*)(void *, Block), "dispatch_sync");
    next(queue, ^{
        acquire(queue);
        block();
        release(queue);
    });
    acquire(queue);
}

void dispatch_async(void *queue, Block block) {
    NEXT(void (*)(void *, Block), "dispatch_async");
    release(queue);
    next(queue, ^{
        acquire(queue);
        block();
        release(queue);
    });
}
