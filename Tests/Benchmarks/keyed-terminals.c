/* Many terminals in one process, each a DEALER of libzmq with a connection of its own, and with keys.
 *
 *   keyed-terminals PORT MAILBOXES COUNT
 *
 * MAILBOXES is a file with one recipient on each line; terminal i joins the one on line i modulo their number. All have
 * the keys of TOCSIN_BENCH_KEYS. A connection that is lost is opened again by libzmq; after SIGUSR1 each terminal joins
 * again, as soon as its connection is back.
 *
 * It prints a line of JSON each time when all have JOINED, with the monotonic clock's seconds; at the end of its
 * standard input another with what it has counted, and ends. */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "tip1.h"

enum { CREDIT = 64, EVENTS = 512 };

static volatile sig_atomic_t again;
static struct { long alerts, pings, refused, lost; } counted;

static void note_again(int signal) { (void)signal; again = 1; }

/* Takes what has come. Returns 1 if the terminal has JOINED. */
static int take(void *socket, const char *recipient) {
    int joined = 0;
    for (message message; receive(socket, &message, ZMQ_DONTWAIT); discard(&message)) {
        if (is(&message, "JOINED")) joined = 1;
        else if (is(&message, "PING")) { counted.pings++; answer_ping(socket, &message); }
        else if (is(&message, "ALERT")) {
            counted.alerts++;
            say(socket, 0, "TIP1 RECEIVED %s %s", recipient, strrchr(message.header, ' ') + 1);
        } else if (is(&message, "REFUSED")) counted.refused++;
    }
    return joined;
}

int main(int count, char **arguments) {
    if (count != 4) return 2;
    long wanted = atol(arguments[3]), mailbox_count = 0;
    char **mailboxes = calloc(100000, sizeof *mailboxes), endpoint[64];
    FILE *file = fopen(arguments[2], "r");
    if (!file) fail(arguments[2]);
    for (char *line = NULL; mailbox_count < 100000;) {
        size_t size = 0;
        ssize_t length = getline(&line, &size, file);
        if (length <= 1) break;
        line[length - 1] = 0;
        mailboxes[mailbox_count++] = line;
        line = NULL;
    }
    snprintf(endpoint, sizeof endpoint, "tcp://127.0.0.1:%s", arguments[1]);
    signal(SIGUSR1, note_again);
    void *context = zmq_ctx_new();
    zmq_ctx_set(context, ZMQ_MAX_SOCKETS, (int)wanted + 16);
    void **terminals = calloc((size_t)wanted, sizeof *terminals);
    char *is_joined = calloc((size_t)wanted, 1);
    int poller = epoll_create1(0);
    struct epoll_event standard_input = {.events = EPOLLIN, .data.u64 = UINT64_MAX};
    epoll_ctl(poller, EPOLL_CTL_ADD, STDIN_FILENO, &standard_input);
    for (long i = 0; i < wanted; i++) {
        terminals[i] = connected(context, endpoint);
        say(terminals[i], 0, "TIP1 JOIN %s t%d.%ld %d", mailboxes[i % mailbox_count], getpid(), i, CREDIT);
        int descriptor;
        size_t size = sizeof descriptor;
        zmq_getsockopt(terminals[i], ZMQ_FD, &descriptor, &size);
        /* libzmq's descriptor tells of changes only: what is there is taken until nothing is. */
        struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u64 = (uint64_t)i};
        epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event);
    }
    for (long joined = 0, all = 0;;) {
        struct epoll_event events[EVENTS];
        int ready = epoll_wait(poller, events, EVENTS, 1000);
        if (again) {
            again = 0;
            joined = all = 0;
            memset(is_joined, 0, (size_t)wanted);
            for (long i = 0; i < wanted; i++)
                say(terminals[i], 0, "TIP1 JOIN %s t%d.%ld %d", mailboxes[i % mailbox_count], getpid(), i, CREDIT);
        }
        int sweep = ready <= 0; /* nothing new: all are looked at, lest one was missed */
        for (long k = 0; k < (sweep ? wanted : ready); k++) {
            uint64_t i = sweep ? (uint64_t)k : events[k].data.u64;
            if (i == UINT64_MAX) {
                printf("{\"alerts\": %ld, \"pings\": %ld, \"refused\": %ld, \"lost\": %ld}\n", counted.alerts,
                       counted.pings, counted.refused, counted.lost);
                fflush(stdout);
                _exit(0); /* the connections end with the process */
            }
            if (take(terminals[i], mailboxes[(long)i % mailbox_count]) && !is_joined[i]) is_joined[i] = 1, joined++;
        }
        if (joined == wanted && !all) {
            all = 1;
            printf("{\"at\": %.6f}\n", (double)now() / 1e9);
            fflush(stdout);
        }
    }
}
