#define _GNU_SOURCE
#include "CConnections.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/// The descriptors that are followed; connections with higher ones are refused. 3 MiB of address space, of which only
/// the used part is taken.
enum { most_descriptors = 131072 };

/// The bytes that libzmq spends on a frame beside its content.
enum { frame_cost = 64 };

/// The state of a connection whose bytes are followed (ZMTP, rfc.zeromq.org/spec/23).
///
///     greeting   10 bytes signature, 1 byte revision; 12 bytes in all in ZMTP 2, 64 in ZMTP 3
///     frame      1 byte flags, 1 or 8 bytes length, the body
///
/// An entry belongs to the thread of libzmq that reads the descriptor. One thread reads all of a socket's connections.
struct connection {
    bool is_followed;
    /// The bytes of the greeting so far; greeting_length when it is over.
    uint8_t greeted;
    uint8_t greeting_length;
    /// The bytes of the current frame's flags and length so far.
    uint8_t header_count;
    uint8_t flags;
    /// The bytes of the body that are still to come. While the length is read, the part of it that is known.
    uint64_t rest;
    /// The bytes of the incomplete message.
    uint64_t unfinished;
    /// What is expected next of the first frame, which says the identity.
    uint8_t expected;
    /// The bytes of the expected part so far.
    uint8_t known;
    /// True if the property that is read is the identity.
    bool is_identity;
    /// The bytes of the property's name or value that are still to come.
    uint32_t property_rest;
};

/// The bytes of an identity of libzmq's own making.
enum { own_identity = 5 };

/// The parts of the first frame: of ZMTP 3 the command READY with its properties, of ZMTP 2 the identity alone.
enum { command_length, command_name, name_length, name, value_length, value, zmtp2_identity, nothing };

enum { more = 1, has_long_length = 2, is_command = 4 };
enum { revision_place = 10, zmtp2_greeting = 12, zmtp3_greeting = 64 };

static struct connection connections[most_descriptors];
static int bound, operator_bound, spare = -1;
static char operator_file[sizeof(((struct sockaddr_un *)0)->sun_path)];
static uint64_t most_unfinished;
static atomic_uint_fast64_t refused, cut, arrived, allowed;

void connections_bound(
    int descriptors, int operator_descriptors, const char *operator_path, uint64_t unfinished_bytes, uint64_t unread_bytes
) {
    atomic_store(&allowed, unread_bytes);
    spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
    strncpy(operator_file, operator_path, sizeof operator_file - 1);
    most_unfinished = unfinished_bytes;
    operator_bound = operator_descriptors < most_descriptors ? operator_descriptors : most_descriptors;
    bound = descriptors < operator_bound ? descriptors : operator_bound;
}

uint64_t connections_refused(void) { return atomic_load(&refused); }

uint64_t connections_cut(void) { return atomic_load(&cut); }

uint64_t connections_arrived(void) { return atomic_load(&arrived); }

void connections_allow(uint64_t bytes) { atomic_store(&allowed, bytes); }

/// Whose each connection is; 0 is unknown.
static atomic_uint owners[most_descriptors];

/// True for a connection that counts towards no bound of its owner's.
static atomic_bool is_unbounded[most_descriptors];

/// The seconds of the monotonic clock at which each TCP connection was accepted; 0 for any other descriptor.
static atomic_uint accepted[most_descriptors];

static bool end(int descriptor) { return shutdown(descriptor, SHUT_RDWR) == 0; }

/// Ends a connection and counts it as cut. Returns false if there is none.
static bool cut_off(int descriptor) {
    if (!end(descriptor)) return false;
    atomic_fetch_add(&cut, 1);
    return true;
}

static bool is_tcp(int descriptor) {
    struct sockaddr_storage own;
    socklen_t length = sizeof own;
    return getsockname(descriptor, (struct sockaddr *)&own, &length) == 0
        && (own.ss_family == AF_INET || own.ss_family == AF_INET6);
}

static bool is_connected(int descriptor) {
    struct sockaddr_storage peer;
    socklen_t length = sizeof peer;
    return getpeername(descriptor, (struct sockaddr *)&peer, &length) == 0;
}

/// The most connections that each owner can have: those that were there when they were counted last, and those noted
/// since. Counting takes a look at every descriptor, so it waits until the bound may be reached.
static atomic_uint at_most[most_descriptors];

static uint32_t count(uint32_t owner) {
    uint32_t open = 0;
    for (int descriptor = 0; descriptor < operator_bound; descriptor++) {
        open += atomic_load(&owners[descriptor]) == owner && !atomic_load(&is_unbounded[descriptor])
            && is_connected(descriptor);
    }
    return open;
}

enum connection_note connections_own(int descriptor, uint32_t owner, uint32_t most) {
    if (descriptor < 0 || descriptor >= most_descriptors) return connection_noted;
    if (atomic_load(&owners[descriptor]) == owner) return connection_noted;
    // Owners are numbered as they come, so there are hardly ever more.
    bool is_estimated = owner < most_descriptors, is_bounded = most < UINT32_MAX;
    if (is_bounded && (!is_estimated || atomic_load(&at_most[owner]) >= most)) {
        uint32_t others = count(owner);
        if (is_estimated) atomic_store(&at_most[owner], others);
        if (others >= most) {
            (void)end(descriptor);
            return connection_ended;
        }
    }
    if (is_estimated && is_bounded) atomic_fetch_add(&at_most[owner], 1);
    atomic_store(&is_unbounded[descriptor], !is_bounded);
    atomic_store(&owners[descriptor], owner);
    return connection_new;
}

void connections_end(int descriptor) { (void)end(descriptor); }

// No connection has a descriptor above the bound.

void connections_end_of(const bool *wanted, uint32_t *ended, uint32_t size) {
    memset(ended, 0, size * sizeof *ended);
    for (int descriptor = 0; descriptor < operator_bound; descriptor++) {
        uint32_t owner = atomic_load(&owners[descriptor]);
        if (owner == 0 || owner >= size || !wanted[owner]) continue;
        ended[owner] += end(descriptor);
    }
}

uint32_t connections_end_silent(void) {
    uint32_t ended = 0;
    for (int descriptor = 0; descriptor < operator_bound; descriptor++) {
        if (atomic_load(&accepted[descriptor]) == 0 || atomic_load(&owners[descriptor]) != 0) continue;
        // What was accepted under this number may have gone, and something else have it.
        ended += is_tcp(descriptor) && end(descriptor);
    }
    return ended;
}

void connections_count(uint32_t *counts, uint32_t size) {
    memset(counts, 0, size * sizeof *counts);
    for (int descriptor = 0; descriptor < operator_bound; descriptor++) {
        uint32_t owner = atomic_load(&owners[descriptor]);
        if (owner == 0 || owner >= size) continue;
        counts[owner] += is_connected(descriptor);
    }
}

static int system_accept(int listener, struct sockaddr *address, socklen_t *length, int flags) {
    return (int)syscall(SYS_accept4, listener, address, length, flags);
}

/// Returns true if the listener is the operators' socket file.
static bool is_operators(int listener) {
    struct sockaddr_un address = {0};
    socklen_t length = sizeof address;
    return getsockname(listener, (struct sockaddr *)&address, &length) == 0 && address.sun_family == AF_UNIX
        && strncmp(address.sun_path, operator_file, sizeof operator_file) == 0;
}

void connections_close(int connection) {
    atomic_store(&accepted[connection], 0);
    close(connection);
}

void connections_refuse(int connection) {
    connections_close(connection);
    atomic_fetch_add(&refused, 1);
}

void connections_cut_off(int connection) { (void)cut_off(connection); }

static atomic_uint patience;

void connections_show_out(uint32_t seconds) { atomic_store(&patience, seconds); }

static uint32_t seconds_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint32_t)time.tv_sec + 1;
}

/// Ends one connection that nobody has ever spoken through, if there is one that had time to.
static void show_one_out(void) {
    static int last;
    uint32_t seconds = atomic_load(&patience), now = seconds_now();
    for (int step = 0; seconds > 0 && step < bound; step++) {
        last = (last + 1) % bound;
        uint32_t since = atomic_load(&accepted[last]);
        if (since == 0 || now - since < seconds || atomic_load(&owners[last]) != 0) continue;
        atomic_store(&accepted[last], 0);
        if (cut_off(last)) return;
    }
}

static int refuse(int connection) {
    if (connection >= 0) close(connection);
    atomic_fetch_add(&refused, 1);
    // The next one may find a place.
    show_one_out();
    // libzmq takes this for a peer that has gone again.
    errno = ECONNABORTED;
    return -1;
}

/// Notes a new connection, of whom nothing is known yet. Makes room where there is little left.
static void begin(int connection) {
    atomic_store(&owners[connection], 0);
    atomic_store(&accepted[connection], is_tcp(connection) ? seconds_now() : 0);
    connections[connection] = (struct connection){.is_followed = true, .greeting_length = zmtp3_greeting};
    if (connection >= bound - bound / 8) show_one_out();
}

/// Refuses a waiting connection when no descriptor is left, by giving up the spare one. A connection left waiting would
/// be reported ready for ever.
static int refuse_without_descriptor(int listener) {
    if (spare >= 0) close(spare);
    int result = refuse(system_accept(listener, NULL, NULL, SOCK_CLOEXEC));
    spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
    errno = ECONNABORTED;
    return result;
}

/// The connections that may wait at an entrance, because libzmq's thread may be busy for some milliseconds.
enum { most_waiting = 8 };

/// The connections that wait at each entrance, and one more each; 0 for a free place.
static atomic_int waiting[most_descriptors][most_waiting];

int connections_entrance(void) {
    int entrance = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
    if (entrance < most_descriptors) return entrance;
    close(entrance);
    errno = EMFILE;
    return -1;
}

bool connections_hand(int entrance, int connection) {
    for (int place = 0; place < most_waiting; place++) {
        int nobody = 0;
        if (!atomic_compare_exchange_strong(&waiting[entrance][place], &nobody, connection + 1)) continue;
        eventfd_write(entrance, 1);
        return true;
    }
    return false;
}

enum connection_state connections_state(int connection) {
    struct pollfd one = {.fd = connection, .events = POLLIN | POLLRDHUP};
    if (poll(&one, 1, 0) <= 0) return connection_silent;
    if (one.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) return connection_gone;
    return connection_speaks;
}

uint64_t connections_origin(int connection) {
    union {
        struct sockaddr any;
        struct sockaddr_in four;
        struct sockaddr_in6 six;
    } peer;
    socklen_t length = sizeof peer;
    if (getpeername(connection, &peer.any, &length) != 0) return 0;
    uint64_t origin = 0;
    if (peer.any.sa_family == AF_INET) {
        memcpy(&origin, &peer.four.sin_addr, sizeof peer.four.sin_addr);
    } else if (peer.any.sa_family == AF_INET6) {
        const uint8_t *bytes = peer.six.sin6_addr.s6_addr;
        bool is_four = IN6_IS_ADDR_V4MAPPED(&peer.six.sin6_addr);
        memcpy(&origin, is_four ? bytes + 12 : bytes, is_four ? 4 : 8);
    }
    return origin;
}

/// Returns a connection that waits at an entrance, and removes it; -1 if none does.
static int take_waiting(int entrance) {
    if (entrance < 0 || entrance >= most_descriptors) return -1;
    for (int place = 0; place < most_waiting; place++) {
        int connection = atomic_exchange(&waiting[entrance][place], 0) - 1;
        if (connection >= 0) return connection;
    }
    return -1;
}

void connections_leave(int entrance) {
    for (int connection; (connection = take_waiting(entrance)) >= 0;) close(connection);
}

int accept4(int listener, struct sockaddr *address, socklen_t *length, int flags) {
    int handed = take_waiting(listener);
    if (handed >= 0) {
        eventfd_t count;
        eventfd_read(listener, &count);
        return handed;
    }
    int connection = system_accept(listener, address, length, flags);
    // An entrance that nobody waits at any more. libzmq aborts on what it does not expect of an accept.
    if (connection < 0 && errno == ENOTSOCK) errno = EAGAIN;
    if (bound == 0) return connection;
    if (connection < 0) {
        if (errno == EMFILE || errno == ENFILE) return refuse_without_descriptor(listener);
        // libzmq aborts on an error that it does not expect of an accept.
        if (errno == ENOMEM || errno == ENOBUFS) errno = EAGAIN;
        return connection;
    }
    if (connection >= bound && (connection >= operator_bound || !is_operators(listener))) return refuse(connection);
    begin(connection);
    return connection;
}

int connections_accept(int listener) { return accept4(listener, NULL, NULL, SOCK_CLOEXEC); }

/// Returns true if a byte is the next one of a word, whatever its case.
static bool is_next(struct connection *connection, const char *word, uint8_t byte) {
    return (byte | 0x20) == (word[connection->known++] | 0x20);
}

/// Takes a byte of the first frame. Returns false for an identity of five bytes that begins with a zero byte.
///
/// libzmq makes such identities itself for peers without one, from a counter. It lets a peer choose one as well, and aborts
/// when the counter comes to it (4.3.4, socket_base.cpp, add_out_pipe).
static bool take_first(struct connection *connection, uint8_t byte) {
    switch (connection->expected) {
    case command_length:
        // CURVE's first command has another name, and its identity does not count.
        connection->expected = byte == 5 ? command_name : nothing;
        return true;
    case command_name:
        if (!is_next(connection, "ready", byte)) connection->expected = nothing;
        else if (connection->known == 5) connection->expected = name_length;
        return true;
    case name_length:
        connection->known = 0;
        connection->property_rest = byte;
        connection->is_identity = byte == 8;
        connection->expected = byte > 0 ? name : value_length;
        return true;
    case name:
        if (connection->is_identity) connection->is_identity = is_next(connection, "identity", byte);
        if (--connection->property_rest == 0) {
            connection->known = 0;
            connection->expected = value_length;
        }
        return true;
    case value_length:
        connection->property_rest = connection->property_rest << 8 | byte;
        if (++connection->known < 4) return true;
        if (connection->property_rest != own_identity) connection->is_identity = false;
        connection->expected = connection->property_rest > 0 ? value : name_length;
        return true;
    case value:
        if (connection->is_identity && byte == 0) return false;
        connection->is_identity = false;
        if (--connection->property_rest == 0) connection->expected = name_length;
        return true;
    case zmtp2_identity:
        connection->expected = nothing;
        return byte != 0 || connection->rest != own_identity;
    default:
        return true;
    }
}

/// Takes a byte of the greeting. Returns false for ZMTP before version 2, whose frames look different. No libzmq since
/// 2012 speaks it.
static bool take_greeting(struct connection *connection, uint8_t byte) {
    if (connection->greeted == 0 && byte != 0xff) return false;
    if (connection->greeted == 9 && (byte & 1) == 0) return false;
    if (connection->greeted == revision_place) {
        if (byte == 0) return false;
        if (byte == 1) {
            connection->greeting_length = zmtp2_greeting;
            connection->expected = zmtp2_identity;
        }
    }
    connection->greeted++;
    return true;
}

/// Takes a byte of a frame's flags and length. Returns false when the message, or the bytes that wait to be read, grow
/// too large.
static bool take_header(struct connection *connection, uint8_t byte) {
    if (connection->header_count == 0) {
        connection->flags = byte;
        connection->rest = 0;
    } else {
        connection->rest = connection->rest << 8 | byte;
    }
    connection->header_count++;
    if (connection->header_count < (connection->flags & has_long_length ? 9 : 2)) return true;
    connection->header_count = 0;
    // libzmq drops a command here, and takes the next frame for the identity.
    if (connection->expected == zmtp2_identity && connection->flags & is_command) return false;
    // The first frame may be empty: a peer of ZMTP 2 without an identity.
    if (connection->rest == 0) connection->expected = nothing;
    // A command comes between frames and is not part of a message.
    if (connection->flags & is_command) return true;
    // libzmq ends a connection with a frame above its own bound, so such a frame counts without its length.
    uint64_t cost = connection->rest < most_unfinished ? connection->rest + frame_cost : frame_cost;
    if (atomic_fetch_add(&arrived, cost) + cost > atomic_load(&allowed)) return false;
    if (!(connection->flags & more)) {
        // The message ends with this frame.
        connection->unfinished = 0;
        return true;
    }
    connection->unfinished += cost;
    return connection->unfinished <= most_unfinished;
}

/// Follows the bytes that have come. Returns false when the peer is to be cut.
static bool follow(struct connection *connection, const uint8_t *bytes, size_t count) {
    const uint8_t *end = bytes + count;
    while (bytes < end) {
        if (connection->greeted < connection->greeting_length) {
            if (!take_greeting(connection, *bytes++)) return false;
        } else if (connection->header_count == 0 && connection->rest > 0) {
            uint64_t here = (uint64_t)(end - bytes) < connection->rest ? (uint64_t)(end - bytes) : connection->rest;
            if (connection->expected != nothing) {
                for (uint64_t place = 0; place < here; place++) {
                    if (!take_first(connection, bytes[place])) return false;
                }
                if (here == connection->rest) connection->expected = nothing;
            }
            connection->rest -= here;
            bytes += here;
        } else if (!take_header(connection, *bytes++)) {
            return false;
        }
    }
    return true;
}

ssize_t recv(int descriptor, void *buffer, size_t size, int flags) {
    ssize_t count = syscall(SYS_recvfrom, descriptor, buffer, size, flags, NULL, NULL);
    if (bound == 0 || descriptor >= most_descriptors) return count;
    // The peer has gone, and the descriptor is soon something else.
    if (count == 0) {
        atomic_store(&owners[descriptor], 0);
        atomic_store(&accepted[descriptor], 0);
    }
    if (count <= 0) return count;
    struct connection *connection = &connections[descriptor];
    if (!connection->is_followed || follow(connection, buffer, (size_t)count)) return count;
    atomic_fetch_add(&cut, 1);
    // libzmq takes this for a broken connection, and frees the part of the message that has come.
    errno = ECONNRESET;
    return -1;
}
