/* Strangers who attack an endpoint that demands keys, each kind on a thread of its own, at a steady rate.
 *
 *   attack PORT BROKER_KEY
 *   attack nobody
 *
 *   silent      5,000 connections that say a greeting and no more, opened again when they are ended
 *   passers-by  1,000 connections a second that come and go
 *   hellos      500 a second with a HELLO of CURVE that is false
 *   strangers   200 a second with a whole handshake and a key that nobody knows
 *
 * It ends with its standard input, and prints what it has done as a line of JSON.
 *
 * As `nobody` it prints a port, takes whoever comes there, and reads what they say. An attack on nobody costs the machine
 * what the attackers themselves cost. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tip1.h"

enum { SILENT = 5000, STRANGERS = 100 };

static struct sockaddr_in address = {.sin_family = AF_INET};
static char endpoint[64], *broker_key;
static atomic_long silent, passers_by, hellos, strangers;
static atomic_int is_over;

static const unsigned char greeting[64] = {
    0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0, 'C', 'U', 'R', 'V', 'E'};

static int opened(void) {
    int one = socket(AF_INET, SOCK_STREAM, 0);
    if (one >= 0 && connect(one, (struct sockaddr *)&address, sizeof address)) { close(one); return -1; }
    return one;
}

static int greeted(void) {
    int one = opened();
    if (one >= 0) (void)!send(one, greeting, sizeof greeting, MSG_NOSIGNAL);
    return one;
}

static void *stay_silent(void *unused) {
    static struct pollfd all[SILENT];
    for (int i = 0; i < SILENT; i++) all[i] = (struct pollfd){.fd = -1, .events = POLLRDHUP};
    while (!is_over) {
        for (int i = 0, more = 200; i < SILENT && more > 0; i++)
            if (all[i].fd < 0 && (all[i].fd = greeted()) >= 0) silent++, more--;
        if (poll(all, SILENT, 50) <= 0) continue;
        for (int i = 0; i < SILENT; i++)
            if (all[i].fd >= 0 && all[i].revents & (POLLRDHUP | POLLHUP | POLLERR)) { close(all[i].fd); all[i].fd = -1; }
    }
    return unused;
}

static void *pass_by(void *unused) {
    for (int64_t due = now(); !is_over; sleep_until(due += SECOND / 1000)) {
        int one = greeted();
        if (one >= 0) close(one), passers_by++;
    }
    return unused;
}

static void *say_hello(void *unused) {
    unsigned char hello[202] = {4, 200, 5, 'H', 'E', 'L', 'L', 'O', 1, 0};
    int waiting[64];
    for (int i = 0; i < 64; i++) waiting[i] = -1;
    int64_t due = now();
    for (int i = 0; !is_over; i = (i + 1) % 64, sleep_until(due += SECOND / 500)) {
        if (waiting[i] >= 0) close(waiting[i]);
        for (int k = 90; k < 202; k++) hello[k] = (unsigned char)(rand() & 0xff);
        if ((waiting[i] = greeted()) < 0) continue;
        (void)!send(waiting[i], hello, sizeof hello, MSG_NOSIGNAL);
        hellos++;
    }
    return unused;
}

static void *be_strange(void *unused) {
    void *context = zmq_ctx_new();
    void *sockets[STRANGERS] = {0};
    char public[41], secret[41];
    zmq_curve_keypair(public, secret);
    int64_t due = now();
    int none = 0;
    for (int i = 0; !is_over; i = (i + 1) % STRANGERS, sleep_until(due += SECOND / 200)) {
        if (sockets[i]) zmq_close(sockets[i]);
        sockets[i] = zmq_socket(context, ZMQ_DEALER);
        zmq_setsockopt(sockets[i], ZMQ_LINGER, &none, sizeof none);
        zmq_setsockopt(sockets[i], ZMQ_CURVE_PUBLICKEY, public, 41);
        zmq_setsockopt(sockets[i], ZMQ_CURVE_SECRETKEY, secret, 41);
        zmq_setsockopt(sockets[i], ZMQ_CURVE_SERVERKEY, broker_key, 41);
        if (zmq_connect(sockets[i], endpoint)) fail(endpoint);
        strangers++;
    }
    return unused;
}

static void await(int poller, int descriptor) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event)) fail("epoll_ctl");
}

static void *be_nobody(void *unused) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), poller = epoll_create1(0);
    socklen_t length = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (struct sockaddr *)&address, length) || listen(listener, 4096)
        || getsockname(listener, (struct sockaddr *)&address, &length)) fail("listen");
    await(poller, listener);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    for (struct epoll_event events[64];;) {
        for (int i = epoll_wait(poller, events, 64, -1) - 1; i >= 0; i--) {
            char bytes[4096];
            int one = events[i].data.fd;
            if (one != listener) {
                if (read(one, bytes, sizeof bytes) <= 0) close(one);
                continue;
            }
            while ((one = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) await(poller, one);
        }
    }
    return unused;
}

static void await_end_of_input(void) { while (getchar() != EOF) {} }

int main(int count, char **arguments) {
    if (count == 2 && strcmp(arguments[1], "nobody") == 0) {
        pthread_t thread;
        pthread_create(&thread, NULL, be_nobody, NULL);
        await_end_of_input();
        return 0;
    }
    if (count != 3) return 2;
    address.sin_port = htons((uint16_t)atoi(arguments[1]));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    snprintf(endpoint, sizeof endpoint, "tcp://127.0.0.1:%s", arguments[1]);
    broker_key = arguments[2];
    void *(*kinds[])(void *) = {stay_silent, pass_by, say_hello, be_strange};
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, kinds[i], NULL);
    await_end_of_input();
    is_over = 1;
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    printf("{\"silent\": %ld, \"passers-by\": %ld, \"hellos\": %ld, \"strangers\": %ld}\n", silent, passers_by, hellos,
           strangers);
    return 0;
}
