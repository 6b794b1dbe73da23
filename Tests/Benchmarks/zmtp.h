/* What of ZMTP 3.0 (https://rfc.zeromq.org/spec/23/) a DEALER with the NULL mechanism needs, for a client that holds
 * ten thousand connections: libzmq would spend a socket, two pipes and a mailbox on each.
 *
 *   greeting   FF 00×8 7F   03 00   "NULL" and 00×16   00   00×31          64 bytes, both ways
 *   frame      flags (1)    size (1, or 8 where LONG is set)    body
 *   READY      a frame with COMMAND set:  05 "READY"  then properties:  size (1) name  size (4) value */
#ifndef ZMTP_H
#define ZMTP_H

#include <stdint.h>
#include <string.h>

enum { GREETING_BYTES = 64, MORE = 1, LONG = 2, COMMAND = 4 };

static const uint8_t GREETING[GREETING_BYTES] = {
    [0] = 0xff, [9] = 0x7f, [10] = 3, [11] = 0, [12] = 'N', [13] = 'U', [14] = 'L', [15] = 'L'};

static const char READY[] = "\5READY\13Socket-Type\0\0\0\6DEALER";

typedef struct { int flags; const uint8_t *body; size_t count; } frame;

/* Takes the first whole frame from the bytes. Returns how many it took: 0 where the frame is not there yet. */
static size_t next_frame(const uint8_t *bytes, size_t count, frame *frame) {
    if (count < 2) return 0;
    frame->flags = bytes[0];
    size_t head = 2;
    uint64_t size = bytes[1];
    if (frame->flags & LONG) {
        head = 9;
        if (count < head) return 0;
        size = 0;
        for (size_t i = 1; i < head; i++) size = size << 8 | bytes[i];
    }
    if (count - head < size) return 0;
    frame->body = bytes + head;
    frame->count = size;
    return head + size;
}

/* Writes a short frame (a body of at most 255 bytes) and returns its size. */
static size_t put_frame(uint8_t *to, int flags, const void *body, size_t count) {
    to[0] = (uint8_t)flags;
    to[1] = (uint8_t)count;
    memcpy(to + 2, body, count);
    return count + 2;
}

#endif
