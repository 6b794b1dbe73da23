/* Many terminals in one process: each a connection of its own that speaks ZMTP by hand, all behind one epoll.
 *
 *   terminals PORT MAILBOXES COUNT
 *
 * MAILBOXES is a file with one recipient on each line; terminal i joins the one on line i modulo their number. A
 * connection that is lost, refused or not answered is opened again after a random time of up to a second, as the
 * first time, so that a crowd does not come all at once.
 *
 * It prints a line of JSON each time when all have JOINED, with the monotonic clock's seconds; at the end of its
 * standard input another with what it has counted, and ends. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "zmtp.h"

enum { CREDIT = 64, HEADER_BYTES = 256, EVENTS = 512 };
static const double LONGEST_WAIT = 1.0;  /* seconds before the next try */
static const double PATIENCE = 10.0;     /* seconds in which a connection must have JOINED */

typedef enum { WAITING, CONNECTING, GREETED, READY_SENT, JOINING, JOINED } stage;

typedef struct {
    int socket;
    stage stage;
    double due;               /* WAITING: when it is opened; until JOINED: when it is given up */
    uint8_t *bytes;           /* what has come and is not yet a whole frame */
    size_t count, capacity;
    char header[HEADER_BYTES]; /* the first frame of the message that is coming */
    int in_message;
} connection;

static connection *connections;
static char **mailboxes;
static long connection_count, mailbox_count, joined_count;
static int port, poller;
static struct { long alerts, pings, heartbeats, refused, lost, unanswered, connects; } counted;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void fail(const char *what) {
    perror(what);
    exit(2);
}

static void *allocated(void *old, size_t count) {
    void *bytes = realloc(old, count);
    if (!bytes) fail("memory");
    return bytes;
}

/* ── one connection ───────────────────────────────────────────────────────────────────────────────────────────── */

static void wait_for_another_try(connection *self) {
    if (self->socket >= 0) close(self->socket); /* which takes it out of the poller */
    if (self->stage == JOINED) joined_count--;
    self->socket = -1;
    self->stage = WAITING;
    self->count = 0;
    self->in_message = 0;
    self->due = now() + LONGEST_WAIT * drand48();
}

static void watch(connection *self, int operation, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = self};
    if (epoll_ctl(poller, operation, self->socket, &event)) fail("epoll_ctl");
}

static void open_connection(connection *self) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int yes = 1;
    self->socket = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (self->socket < 0) fail("socket");
    setsockopt(self->socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    counted.connects++;
    if (connect(self->socket, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS) {
        wait_for_another_try(self);
        return;
    }
    self->stage = CONNECTING;
    self->due = now() + PATIENCE;
    watch(self, EPOLL_CTL_ADD, EPOLLIN | EPOLLOUT);
}

/* What is sent is short and rare: a socket without room for it belongs to a broker that does not read, and is lost. */
static int send_bytes(connection *self, const void *bytes, size_t count) {
    return send(self->socket, bytes, count, MSG_NOSIGNAL) == (ssize_t)count;
}

static int send_frame(connection *self, int flags, const void *body, size_t count) {
    uint8_t bytes[2 + 255];
    return send_bytes(self, bytes, put_frame(bytes, flags, body, count));
}

static int send_join(connection *self) {
    char line[HEADER_BYTES];
    long number = self - connections;
    int count = snprintf(line, sizeof line, "TIP1 JOIN %s terminal-%ld %d", mailboxes[number % mailbox_count], number,
                         CREDIT);
    return send_frame(self, 0, line, (size_t)count);
}

static int send_answer(connection *self, const char *command, const char *arguments) {
    char line[HEADER_BYTES];
    return send_frame(self, 0, line, (size_t)snprintf(line, 250, "TIP1 %s%s", command, arguments));
}

/* ── what comes ───────────────────────────────────────────────────────────────────────────────────────────────── */

static const char *arguments_of(const char *header, const char *command) {
    size_t count = strlen(command);
    if (strncmp(header, "TIP1 ", 5) || strncmp(header + 5, command, count)) return NULL;
    return header[5 + count] == ' ' || header[5 + count] == 0 ? header + 5 + count : NULL;
}

static int take_message(connection *self) {
    const char *arguments;
    if ((arguments = arguments_of(self->header, "PING"))) {
        counted.pings++;
        return send_answer(self, "PONG", arguments);
    }
    if ((arguments = arguments_of(self->header, "ALERT"))) {
        counted.alerts++;
        return send_answer(self, "RECEIVED", arguments);
    }
    if (arguments_of(self->header, "JOINED")) {
        if (self->stage == JOINING) self->stage = JOINED, joined_count++;
    } else if (arguments_of(self->header, "REFUSED")) {
        if (counted.refused++ == 0) fprintf(stderr, "terminals: %s\n", self->header);
        return 0; /* it says JOIN again, after a while */
    }
    return 1;
}

/* ZMTP's own PING (4 "PING", two bytes of time to live, a context) is answered by PONG with the context. */
static int take_command(connection *self, const frame *frame) {
    if (frame->count >= 6 && !memcmp(frame->body, "\5READY", 6) && self->stage == READY_SENT) {
        self->stage = JOINING;
        return send_join(self);
    }
    if (frame->count >= 7 && frame->count <= 7 + 16 && !memcmp(frame->body, "\4PING", 5)) {
        uint8_t pong[5 + 16] = "\4PONG";
        memcpy(pong + 5, frame->body + 7, frame->count - 7);
        counted.heartbeats++;
        return send_frame(self, COMMAND, pong, frame->count - 2);
    }
    return 0;
}

static int take_frame(connection *self, const frame *frame) {
    if (frame->flags & COMMAND) return take_command(self, frame);
    if (!self->in_message) {
        size_t count = frame->count < HEADER_BYTES - 1 ? frame->count : HEADER_BYTES - 1;
        memcpy(self->header, frame->body, count);
        self->header[count] = 0;
    }
    self->in_message = frame->flags & MORE;
    return self->in_message ? 1 : take_message(self);
}

/* Takes all that is whole, and keeps the rest. */
static int take_bytes(connection *self) {
    size_t taken = 0, count;
    frame frame;
    if (self->stage == GREETED) {
        if (self->count < GREETING_BYTES) return 1;
        if (self->bytes[0] != 0xff || memcmp(self->bytes + 12, "NULL", 5)) return 0;
        taken = GREETING_BYTES;
        self->stage = READY_SENT;
        if (!send_frame(self, COMMAND, READY, sizeof READY - 1)) return 0;
    }
    while ((count = next_frame(self->bytes + taken, self->count - taken, &frame))) {
        if (!take_frame(self, &frame)) return 0;
        taken += count;
    }
    self->count -= taken;
    memmove(self->bytes, self->bytes + taken, self->count);
    return 1;
}

static int read_bytes(connection *self) {
    for (;;) {
        if (self->capacity - self->count < 256) {
            self->capacity = self->capacity ? 2 * self->capacity : 512;
            self->bytes = allocated(self->bytes, self->capacity);
        }
        size_t room = self->capacity - self->count;
        ssize_t count = recv(self->socket, self->bytes + self->count, room, 0);
        if (count < 0) return errno == EAGAIN || errno == EINTR;
        if (count == 0) return 0;
        self->count += (size_t)count;
        if (!take_bytes(self)) return 0;
        if ((size_t)count < room) return 1;
    }
}

static int handle(connection *self, uint32_t events) {
    if (self->stage == CONNECTING) {
        if (events & (EPOLLERR | EPOLLHUP)) return 0;
        self->stage = GREETED;
        watch(self, EPOLL_CTL_MOD, EPOLLIN);
        return send_bytes(self, GREETING, sizeof GREETING);
    }
    return read_bytes(self);
}

/* ── all of them ──────────────────────────────────────────────────────────────────────────────────────────────── */

/* Opens those whose time has come, and gives up those that have not been answered. */
static void look_after_all(void) {
    double time = now();
    for (connection *one = connections; one < connections + connection_count; one++) {
        if (one->stage == JOINED || one->due > time) continue;
        if (one->stage == WAITING) open_connection(one);
        else counted.unanswered++, wait_for_another_try(one);
    }
}

static void read_mailboxes(const char *path) {
    FILE *file = fopen(path, "r");
    char line[HEADER_BYTES];
    if (!file) fail(path);
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        mailboxes = allocated(mailboxes, (size_t)(mailbox_count + 1) * sizeof *mailboxes);
        mailboxes[mailbox_count++] = strdup(line);
    }
    fclose(file);
    if (!mailbox_count) fail("no mailboxes");
}

static void print_counts(void) {
    printf("{\"joined\": %ld, \"alerts\": %ld, \"pings\": %ld, \"heartbeats\": %ld, \"refused\": %ld, \"lost\": %ld, "
           "\"unanswered\": %ld, \"connects\": %ld}\n", joined_count, counted.alerts, counted.pings,
           counted.heartbeats, counted.refused, counted.lost, counted.unanswered, counted.connects);
}

/* The end of standard input, or anything on it, ends the program: it has no connection in its event. */
static int wait_for_events(int patience) {
    struct epoll_event events[EVENTS];
    int count = epoll_wait(poller, events, EVENTS, patience);
    if (count < 0 && errno != EINTR) fail("epoll_wait");
    for (int i = 0; i < count; i++) {
        connection *one = events[i].data.ptr;
        if (!one) return 0;
        if (handle(one, events[i].events)) continue;
        counted.lost += one->stage == JOINED;
        wait_for_another_try(one);
    }
    return 1;
}

int main(int count, char **arguments) {
    if (count != 4) return fprintf(stderr, "usage: terminals PORT MAILBOXES COUNT\n"), 2;
    port = atoi(arguments[1]);
    read_mailboxes(arguments[2]);
    connection_count = atol(arguments[3]);
    connections = calloc((size_t)connection_count, sizeof *connections);
    poller = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event end = {.events = EPOLLIN};
    if (!connections || poller < 0 || epoll_ctl(poller, EPOLL_CTL_ADD, STDIN_FILENO, &end)) fail("start");
    for (long i = 0; i < connection_count; i++) connections[i].socket = -1, wait_for_another_try(&connections[i]);
    for (int announced = 0;;) {
        /* With all joined there is nothing to look after: an idle crowd costs nothing. */
        int complete = joined_count == connection_count;
        if (!complete) look_after_all();
        if (complete && !announced) printf("{\"joined\": %ld, \"at\": %.4f}\n", joined_count, now()), fflush(stdout);
        announced = complete;
        if (!wait_for_events(complete ? -1 : 10)) break;
    }
    print_counts();
    return 0;
}
