#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Bounds on the connections that libzmq accepts. libzmq has none of its own.
///
/// libzmq accepts connections as long as there are descriptors, and aborts or spins when there are none. It keeps the
/// frames of an incomplete message, however many come. It aborts when a peer has chosen the identity that it gives to the
/// next one itself; a peer whose identity has five bytes of which the first is zero, as those do, is cut.
///
/// This library replaces the two calls by which libzmq takes in connections and bytes. It defines accept4(2) and
/// recv(2), which the linker prefers to the C library's. Until connections_bound has been called, both do what the C
/// library's do.

/// Sets the bounds. Called once, before the first connection.
///
/// @param descriptors A connection whose descriptor is this or higher is refused. The system gives the lowest free one,
///     so this bounds the descriptors of connections and everything else together.
/// @param operator_descriptors The same for connections to the operators' socket file. It is higher, so that operators
///     are still heard when everybody else is refused.
/// @param operator_path The operators' socket file.
/// @param unfinished_bytes The size of an incomplete message, each frame counted 64 more, above which its peer is cut.
/// @param unread_bytes The size of all peers' frames together, counted in the same way, above which a peer that sends
///     another is cut. connections_allow raises it.
void connections_bound(
    int descriptors, int operator_descriptors, const char *operator_path, uint64_t unfinished_bytes, uint64_t unread_bytes);

/// Returns the number of connections refused because all the descriptors, or places, that they may take were taken.
uint64_t connections_refused(void);

/// Returns the number of peers cut because of what they sent.
uint64_t connections_cut(void);

/// Returns the bytes of frames from all peers since the start, each frame counted 64 more.
uint64_t connections_arrived(void);

/// Sets the value up to which connections_arrived may rise.
void connections_allow(uint64_t bytes);

/// What connections_own found: that the connection was noted before, is noted now, or was one too many and has been ended.
enum connection_note { connection_noted, connection_new, connection_ended };

/// Notes whose a connection is, until its descriptor is another connection's.
///
/// @param owner A number that is not 0.
/// @param most The most connections of one owner; one more is ended. UINT32_MAX for no bound: such a connection counts
///     towards no bound of the owner's others either.
enum connection_note connections_own(int descriptor, uint32_t owner, uint32_t most);

/// Sets the seconds that a TCP connection has to become somebody's. One that has not may be ended when an eighth of the
/// descriptors is left. 0, as at the start, for never.
void connections_show_out(uint32_t seconds);

/// Ends a connection, for both sides. libzmq takes this for a peer that has gone.
void connections_end(int descriptor);

/// Ends the connections of the owners that are wanted, for both sides, in one look at all. libzmq takes this for peers that
/// have gone. A descriptor that is no connection any more stays as it is.
///
/// @param wanted True at the number of each owner.
/// @param ended The number of connections that were ended, at the number of each owner.
/// @param size The number of elements of both.
void connections_end_of(const bool *wanted, uint32_t *ended, uint32_t size);

/// Ends every TCP connection through which nobody has spoken yet, for both sides: of each of them the owner is unknown.
///
/// @return The number of connections that were ended.
uint32_t connections_end_silent(void);

/// Counts the connections of each owner that are open.
///
/// @param counts Takes the number of connections of the owner with that index.
/// @param size The number of counts. Connections of higher owners are not counted.
void connections_count(uint32_t *counts, uint32_t size);

/// Accepts a connection as libzmq would, within the bounds.
///
/// @return The descriptor; -1 with errno if there is none, or it has been refused (ECONNABORTED).
int connections_accept(int listener);

/// Makes an entrance: a descriptor that libzmq takes for a listening one (ZMQ_USE_FD), where a connection is accepted that
/// this process has accepted before. libzmq closes it with its socket.
///
/// @return The descriptor; -1 with errno if the system gives none.
int connections_entrance(void);

/// Hands a connection to the socket behind an entrance, which accepts it.
///
/// @return False if eight wait there already; the connection stays the caller's.
bool connections_hand(int entrance, int connection);

/// What the peer of a connection has done that nobody has read from yet.
enum connection_state { connection_silent, connection_speaks, connection_gone };

/// Returns what a connection's peer has done: nothing, said something, or gone, perhaps after it said something.
enum connection_state connections_state(int connection);

/// Returns where a connection comes from: the IPv4 address, or the first half of an IPv6 address, which is one network's;
/// 0 if it is not known.
uint64_t connections_origin(int connection);

/// Closes a connection that has been accepted and not handed over.
void connections_close(int connection);

/// Closes the connections that were handed to an entrance and have not been accepted there yet. Called once, before the
/// socket behind the entrance is closed.
void connections_leave(int entrance);

/// Closes a connection that has just been accepted, and counts it as refused.
void connections_refuse(int connection);

/// Ends a connection because of what its peer has sent, and counts it as cut.
void connections_cut_off(int connection);
