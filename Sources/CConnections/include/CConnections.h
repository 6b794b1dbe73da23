#pragma once
#include <stddef.h>
#include <stdint.h>

/// Bounds on the connections that libzmq accepts, which has none of its own.
///
/// libzmq accepts as long as there are descriptors and aborts, or spins, when there are none. It keeps the frames of a
/// message that is not complete, however many come. This library stands in front of the two calls by which libzmq takes in
/// connections and bytes: it defines accept4(2) and recv(2), which the linker prefers to the C library's. Until
/// connections_bound has been called both do what the C library's do.

/// Sets the bounds, once, before the first connection.
///
/// @param descriptors A connection whose descriptor is this or higher is refused. The system gives the lowest that is free, so
///     this bounds the descriptors that connections and all else have together.
/// @param operator_descriptors The same for connections to the socket file of the operators; higher, so that they are
///     still heard when everybody else is refused.
/// @param operator_path That socket file.
/// @param unfinished_bytes A peer whose message has so many bytes, each frame counted 64 more, and is not complete, is cut.
/// @param unread_bytes When the frames of all peers together come to more, counted so, whoever sends another is cut, until
///     connections_allow allows more.
void connections_bound(
    int descriptors, int operator_descriptors, const char *operator_path, uint64_t unfinished_bytes, uint64_t unread_bytes);

/// How many connections have been refused because the descriptors that they may take were taken.
uint64_t connections_refused(void);

/// How many peers have been cut because of what they sent.
uint64_t connections_cut(void);

/// Bytes of frames that have come from all peers since the start, each frame counted 64 more.
uint64_t connections_arrived(void);

/// Sets how far connections_arrived may come.
void connections_allow(uint64_t bytes);
