/* TIP/1 over a DEALER of libzmq, and the clock: what a client of the benchmarks needs of both. Whatever fails in libzmq
 * ends the program with 2: a measurement that is not what it says is worth nothing. */
#ifndef TIP1_H
#define TIP1_H

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

enum { MAX_FRAMES = 8 };
static const int64_t SECOND = 1000000000; /* all times are nanoseconds of the monotonic clock */

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * SECOND + time.tv_nsec;
}

static void sleep_until(int64_t moment) {
    struct timespec time = {.tv_sec = moment / SECOND, .tv_nsec = moment % SECOND};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == EINTR) {}
}

static void fail(const char *what) {
    fprintf(stderr, "load: %s: %s\n", what, zmq_strerror(zmq_errno()));
    exit(2);
}

typedef struct { zmq_msg_t frames[MAX_FRAMES]; int count; char header[256]; } message;

static void send_frame(void *socket, const void *bytes, size_t count, int flags) {
    if (zmq_send(socket, bytes, count, flags) < 0) fail("send");
}

__attribute__((format(printf, 3, 4)))
static void say(void *socket, int flags, const char *format, ...) {
    char line[256];
    va_list arguments;
    va_start(arguments, format);
    int count = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    send_frame(socket, line, (size_t)count, flags);
}

/* Whether a message came; with flags 0 it waits for at most a second. */
static int receive(void *socket, message *message, int flags) {
    message->count = 0;
    do {
        if (message->count == MAX_FRAMES) { errno = EPROTO; fail("too many frames"); }
        zmq_msg_t *frame = &message->frames[message->count];
        zmq_msg_init(frame);
        if (zmq_msg_recv(frame, socket, message->count ? 0 : flags) < 0) {
            if (zmq_errno() == EAGAIN) return 0;
            fail("receive");
        }
        message->count++;
    } while (zmq_msg_more(&message->frames[message->count - 1]));
    size_t count = zmq_msg_size(&message->frames[0]);
    if (count >= sizeof message->header) count = sizeof message->header - 1;
    memcpy(message->header, zmq_msg_data(&message->frames[0]), count);
    message->header[count] = 0;
    return 1;
}

static void discard(message *message) {
    for (int i = 0; i < message->count; i++) zmq_msg_close(&message->frames[i]);
}

static int is(const message *message, const char *command) {
    size_t count = strlen(command);
    return strncmp(message->header, "TIP1 ", 5) == 0 && strncmp(message->header + 5, command, count) == 0
        && (message->header[5 + count] == ' ' || message->header[5 + count] == 0);
}

static void answer_ping(void *socket, const message *ping) {
    say(socket, 0, "TIP1 PONG%s", ping->header + strlen("TIP1 PING"));
}

/* TOCSIN_BENCH_KEYS has a public key, its secret key and the broker's public key, each as Z85; without it nothing is
 * encrypted. */
static void use_keys(void *socket) {
    const char *keys = getenv("TOCSIN_BENCH_KEYS");
    if (!keys) return;
    char public[41], secret[41], broker[41];
    if (sscanf(keys, "%40s %40s %40s", public, secret, broker) != 3) { errno = EINVAL; fail("TOCSIN_BENCH_KEYS"); }
    if (zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, public, 41) || zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, secret, 41)
        || zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, broker, 41)) fail("keys");
}

static void *connected(void *context, const char *endpoint) {
    void *socket = zmq_socket(context, ZMQ_DEALER);
    int unbounded = 0, second = 1000;
    zmq_setsockopt(socket, ZMQ_SNDHWM, &unbounded, sizeof unbounded);
    zmq_setsockopt(socket, ZMQ_RCVHWM, &unbounded, sizeof unbounded);
    zmq_setsockopt(socket, ZMQ_LINGER, &second, sizeof second);
    zmq_setsockopt(socket, ZMQ_RCVTIMEO, &second, sizeof second);
    use_keys(socket);
    if (zmq_connect(socket, endpoint)) fail(endpoint);
    return socket;
}

#endif
