/* One field client and the terminals of the departments d0, d1 …, in one process, over libzmq.
 *
 *   load --reports ENDPOINT --alerts ENDPOINT --incidents N [--rate R] [--fanout D] [--silent]
 *
 * --rate     reports a second, each sent at its own time whatever became of those before; 0: as fast as the window lets
 * --fanout   the event is "bench-D", of which the rules inform d0 … d(D-1)
 * --silent   no terminal joins: everything stays pending
 *
 * It prints one JSON object: how long it took, how many receipts and alerts came, and two histograms of microseconds
 * from report to alert: `call` from the moment at which the report was given to libzmq, `due` from the moment at which
 * it should have been. It exits with 1 where receipts or alerts are missing. */
#define _GNU_SOURCE
#include <getopt.h>
#include <pthread.h>
#include <stdatomic.h>

#include "histogram.h"
#include "tip1.h"

enum {
    REPORT_BYTES = 451,   /* the size that all peers are measured with */
    WINDOW = 1024,        /* reports without a receipt, as many as all peers are allowed */
    CREDIT = 4096,
    RECEIVED_BATCH = 64,  /* alerts that one RECEIVED names at most while more are waiting */
    MAX_FANOUT = 32,
    MAX_EPISODES = 64,
};
static const int64_t OUTLIER = 20 * 1000000;        /* longer than this is an outlier */
static const int64_t STALL = 20 * (int64_t)1000000000; /* without anything new for so long, the rest is lost */

/* Outliers less than a tenth of a second apart: one pause of the broker delays many alerts. */
typedef struct { int64_t at, worst; long alerts; } episode;

typedef struct {
    char recipient[16];
    void *context;
    unsigned char *seen; /* which reports have come, by number */
    long alerts, again, strange;
    int64_t last;        /* when the newest alert came */
    long first_number, last_number; /* what the next RECEIVED says; none while waiting is 0 */
    int waiting;
    histogram call, due;
    episode episodes[MAX_EPISODES];
    int episode_count;
} terminal;

static struct { const char *reports, *alerts; long incidents; double rate; int fanout, silent; } options;
static atomic_int joined;
static _Atomic int64_t started; /* when the first report was due; 0 before */

/* ── terminals ────────────────────────────────────────────────────────────────────────────────────────────────── */

static void say_received(terminal *self, void *socket) {
    if (!self->waiting) return;
    say(socket, 0, "TIP1 RECEIVED %s %ld-%ld", self->recipient, self->first_number, self->last_number);
    self->waiting = 0;
}

/* Numbers ascend without gaps but where something was sent again: a gap begins another RECEIVED. */
static void owe_received(terminal *self, void *socket, long number) {
    if (self->waiting && number != self->last_number + 1) say_received(self, socket);
    if (!self->waiting) self->first_number = number;
    self->last_number = number;
    if (++self->waiting == RECEIVED_BATCH) say_received(self, socket);
}

static void note_outlier(terminal *self, int64_t at, int64_t latency) {
    episode *last = self->episode_count ? &self->episodes[self->episode_count - 1] : NULL;
    if (!last || at - last->at > SECOND / 10) {
        if (self->episode_count == MAX_EPISODES) return; /* all are counted in the histogram; these are only shown */
        last = &self->episodes[self->episode_count++];
        *last = (episode){0};
    }
    last->at = at;
    last->alerts++;
    if (latency > last->worst) last->worst = latency;
}

/* The report carries its number and its times: {"identifier":"NUMBER.DUE.CALL", …. */
static int read_report(message *alert, long long *number, long long *due, long long *call) {
    char start[96] = "";
    if (alert->count != 3 || zmq_msg_size(&alert->frames[2]) != REPORT_BYTES) return 0;
    memcpy(start, zmq_msg_data(&alert->frames[2]), sizeof start - 1);
    return sscanf(start, "{\"identifier\":\"%lld.%lld.%lld\"", number, due, call) == 3
        && *number >= 0 && *number < options.incidents;
}

static void take_alert(terminal *self, void *socket, message *alert) {
    int64_t came = now();
    long long number, due, call;
    owe_received(self, socket, atol(strrchr(alert->header, ' ') + 1));
    if (!read_report(alert, &number, &due, &call) || due < started) {
        self->strange++; /* damaged, or of an earlier run */
        return;
    }
    self->last = came;
    if (self->seen[number]) { self->again++; return; }
    self->seen[number] = 1;
    self->alerts++;
    histogram_record(&self->call, (uint64_t)(came - call), (uint64_t)OUTLIER);
    histogram_record(&self->due, (uint64_t)(came - due), (uint64_t)OUTLIER);
    if (came - call > OUTLIER) note_outlier(self, call, came - call);
}

static int has_stalled(const terminal *self) {
    return started && now() - (self->last > started ? self->last : started) > STALL;
}

/* LEAVE, then PING: the PONG says that the broker has read every RECEIVED. A mere relay knows no LEAVE. */
static void leave(terminal *self, void *socket) {
    say_received(self, socket);
    say(socket, 0, "TIP1 LEAVE %s", self->recipient);
    say(socket, 0, "TIP1 PING end");
    for (int64_t end = now() + STALL; now() < end;) {
        message message;
        if (!receive(socket, &message, 0)) continue;
        int pong = is(&message, "PONG");
        if (is(&message, "PING")) answer_ping(socket, &message);
        discard(&message);
        if (pong) return;
    }
}

static void *be_terminal(void *argument) {
    terminal *self = argument;
    void *socket = connected(self->context, options.alerts);
    say(socket, 0, "TIP1 JOIN %s bench %d", self->recipient, CREDIT);
    while (self->alerts < options.incidents && !has_stalled(self)) {
        message message;
        if (!receive(socket, &message, self->waiting ? ZMQ_DONTWAIT : 0)) {
            say_received(self, socket);
            continue;
        }
        if (is(&message, "ALERT")) take_alert(self, socket, &message);
        else if (is(&message, "JOINED")) joined++;
        else if (is(&message, "PING")) answer_ping(socket, &message);
        else fprintf(stderr, "load: %s got %s\n", self->recipient, message.header);
        discard(&message);
    }
    leave(self, socket);
    zmq_close(socket);
    return NULL;
}

/* ── the field client ─────────────────────────────────────────────────────────────────────────────────────────── */

typedef struct { void *socket; long sent, receipts, refused; int64_t last; } reporter;

/* The sender makes reports of different runs different. */
static void write_report(char *bytes, long number, int64_t due) {
    int count = snprintf(bytes, REPORT_BYTES,
        "{\"identifier\":\"%ld.%lld.%lld\",\"sender\":\"bench.%lld\",\"sent\":\"2026-11-23T08:00:00+08:00\","
        "\"category\":\"Fire\",\"event\":\"bench-%d\",\"severity\":\"Moderate\",\"urgency\":\"Immediate\","
        "\"certainty\":\"Observed\",\"area\":{\"grid\":\"110101005003002\",\"point\":[39.93,116.42]},"
        "\"headline\":\"bench\",\"description\":\"",
        number, (long long)due, (long long)now(), (long long)started, options.fanout);
    memset(bytes + count, 'x', (size_t)(REPORT_BYTES - 2 - count));
    memcpy(bytes + REPORT_BYTES - 2, "\"}", 2);
}

static int take_answer(reporter *self, int flags) {
    message message;
    if (!receive(self->socket, &message, flags)) return 0;
    if (is(&message, "RECEIPT")) self->receipts++;
    else if (is(&message, "PING")) answer_ping(self->socket, &message);
    else if (self->refused++ == 0) fprintf(stderr, "load: the field client got %s\n", message.header);
    self->last = now();
    discard(&message);
    return 1;
}

/* Waits until the broker has answered: the connection is there. */
static void await_pong(void *socket) {
    message message;
    say(socket, 0, "TIP1 PING connected");
    for (int64_t end = now() + STALL; now() < end;) {
        if (!receive(socket, &message, 0)) continue;
        int is_answer = is(&message, "PONG");
        discard(&message);
        if (is_answer) return;
    }
    errno = ETIMEDOUT;
    fail("the reports endpoint does not answer");
}

static int unanswered(const reporter *self) { return (int)(self->sent - self->receipts - self->refused); }

/* Takes answers until few enough are missing, or none comes any more. */
static void await_answers(reporter *self, int missing) {
    while (unanswered(self) > missing && now() - self->last < STALL) take_answer(self, 0);
}

static void report_all(reporter *self) {
    char bytes[REPORT_BYTES];
    for (; self->sent < options.incidents && now() - self->last < STALL;) {
        await_answers(self, WINDOW - 1);
        int64_t due = options.rate > 0 ? started + (int64_t)((double)self->sent * 1e9 / options.rate) : now();
        if (options.rate > 0) sleep_until(due);
        write_report(bytes, self->sent, due);
        say(self->socket, ZMQ_SNDMORE, "TIP1 REPORT %ld", self->sent);
        send_frame(self->socket, bytes, REPORT_BYTES, 0);
        self->sent++;
        while (take_answer(self, ZMQ_DONTWAIT)) {}
    }
    await_answers(self, 0);
}

/* ── the run ──────────────────────────────────────────────────────────────────────────────────────────────────── */

static void print_result(const reporter *reporter, const terminal *terminals, int count, int64_t end) {
    histogram *call = calloc(1, sizeof *call), *due = calloc(1, sizeof *due);
    long alerts = 0, again = 0, strange = 0;
    for (int i = 0; i < count; i++) {
        histogram_add(call, &terminals[i].call);
        histogram_add(due, &terminals[i].due);
        alerts += terminals[i].alerts, again += terminals[i].again, strange += terminals[i].strange;
    }
    printf("{\"seconds\": %.4f, \"incidents\": %ld, \"receipts\": %ld, \"refused\": %ld, \"alerts\": %ld, "
           "\"again\": %ld, \"strange\": %ld, ",
           (double)(end - started) / 1e9, options.incidents, reporter->receipts, reporter->refused, alerts, again,
           strange);
    histogram_print(call, "call");
    printf(", ");
    histogram_print(due, "due");
    printf(", \"episodes\": [");
    for (int i = 0, shown = 0; i < count; i++)
        for (int k = 0; k < terminals[i].episode_count; k++) {
            const episode *one = &terminals[i].episodes[k];
            printf("%s{\"at\": %.2f, \"worst\": %.1f, \"alerts\": %ld}", shown++ ? ", " : "",
                   (double)(one->at - started) / 1e9, (double)one->worst / 1e6, one->alerts);
        }
    printf("]}\n");
}

static void read_options(int count, char **arguments) {
    static const struct option known[] = {
        {"reports", 1, 0, 'r'}, {"alerts", 1, 0, 'a'}, {"incidents", 1, 0, 'n'}, {"rate", 1, 0, 'p'},
        {"fanout", 1, 0, 'd'}, {"silent", 0, 0, 's'}, {0, 0, 0, 0}};
    options.fanout = 4;
    for (int option; (option = getopt_long(count, arguments, "", known, NULL)) != -1;) switch (option) {
        case 'r': options.reports = optarg; break;
        case 'a': options.alerts = optarg; break;
        case 'n': options.incidents = atol(optarg); break;
        case 'p': options.rate = atof(optarg); break;
        case 'd': options.fanout = atoi(optarg); break;
        case 's': options.silent = 1; break;
        default: exit(2);
    }
    int wrong = !options.reports || !options.alerts || options.incidents < 1;
    if (wrong || options.fanout < 1 || options.fanout > MAX_FANOUT) {
        fprintf(stderr, "load: --reports, --alerts and --incidents are required; --fanout is 1 to %d\n", MAX_FANOUT);
        exit(2);
    }
}

int main(int count, char **arguments) {
    read_options(count, arguments);
    int terminal_count = options.silent ? 0 : options.fanout;
    terminal *terminals = calloc((size_t)terminal_count + 1, sizeof *terminals);
    pthread_t threads[MAX_FANOUT];
    /* Two contexts, so that the field client and the terminals have an I/O thread each, as separate programs would. */
    void *field = zmq_ctx_new(), *desks = zmq_ctx_new();
    for (int i = 0; i < terminal_count; i++) {
        terminals[i].context = desks;
        terminals[i].seen = calloc((size_t)options.incidents, 1);
        snprintf(terminals[i].recipient, sizeof terminals[i].recipient, "d%d", i);
        pthread_create(&threads[i], NULL, be_terminal, &terminals[i]);
    }
    for (int64_t end = now() + STALL; joined < terminal_count; sleep_until(now() + SECOND / 1000))
        if (now() > end) { errno = ETIMEDOUT; fail("not all terminals have JOINED"); }
    reporter reporter = {.socket = connected(field, options.reports)};
    await_pong(reporter.socket); /* the field client's connection is not what is measured */
    started = reporter.last = now();
    report_all(&reporter);
    int64_t end = reporter.last;
    long missing = options.incidents - reporter.receipts;
    for (int i = 0; i < terminal_count; i++) {
        pthread_join(threads[i], NULL);
        missing += options.incidents - terminals[i].alerts;
        if (terminals[i].last > end) end = terminals[i].last;
    }
    print_result(&reporter, terminals, terminal_count, end);
    zmq_close(reporter.socket);
    zmq_ctx_term(field);
    zmq_ctx_term(desks);
    return missing != 0;
}
