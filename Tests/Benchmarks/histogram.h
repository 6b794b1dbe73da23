/* Durations, counted in buckets that grow with the value: 64 for each power of two. A figure read from it is at most
 * 1.6 % above the true one, and ten minutes of latencies cost 30 KB, whatever they were. */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>
#include <stdio.h>

enum { STEPS = 64, BUCKETS = 59 * STEPS };

typedef struct {
    uint64_t counts[BUCKETS];
    uint64_t total;
    uint64_t largest;
    uint64_t above; /* the limit that record() was given */
} histogram;

/* Below 128 ns each value has its own bucket. Above, the seven highest bits choose one. */
static unsigned bucket_of(uint64_t nanoseconds) {
    if (nanoseconds < 2 * STEPS) return (unsigned)nanoseconds;
    unsigned shift = 63 - 6 - (unsigned)__builtin_clzll(nanoseconds);
    return shift * STEPS + (unsigned)(nanoseconds >> shift);
}

static uint64_t upper_edge_of(unsigned bucket) {
    if (bucket < 2 * STEPS) return bucket;
    unsigned shift = bucket / STEPS - 1;
    return ((uint64_t)(STEPS + bucket % STEPS + 1) << shift) - 1;
}

static void histogram_record(histogram *h, uint64_t nanoseconds, uint64_t limit) {
    h->counts[bucket_of(nanoseconds)]++;
    h->total++;
    if (nanoseconds > h->largest) h->largest = nanoseconds;
    if (nanoseconds > limit) h->above++;
}

static void histogram_add(histogram *to, const histogram *from) {
    for (unsigned bucket = 0; bucket < BUCKETS; bucket++) to->counts[bucket] += from->counts[bucket];
    to->total += from->total;
    to->above += from->above;
    if (from->largest > to->largest) to->largest = from->largest;
}

/* The value that the given share of all do not exceed, in microseconds. */
static double histogram_quantile(const histogram *h, double share) {
    uint64_t wanted = (uint64_t)((double)h->total * share), seen = 0;
    for (unsigned bucket = 0; bucket < BUCKETS; bucket++) {
        seen += h->counts[bucket];
        if (seen > wanted) {
            uint64_t edge = upper_edge_of(bucket);
            return (double)(edge < h->largest ? edge : h->largest) / 1e3;
        }
    }
    return (double)h->largest / 1e3;
}

static void histogram_print(const histogram *h, const char *name) {
    printf("\"%s\": {\"count\": %llu, \"p50\": %.1f, \"p99\": %.1f, \"p999\": %.1f, \"largest\": %.1f, "
           "\"above\": %llu}", name, (unsigned long long)h->total, histogram_quantile(h, .5), histogram_quantile(h, .99),
           histogram_quantile(h, .999), (double)h->largest / 1e3, (unsigned long long)h->above);
}

#endif
