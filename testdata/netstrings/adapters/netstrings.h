/* A netstring parser that is fed: put your own in its place. */
#include <stdlib.h>
#include <string.h>

struct netstrings {
    size_t limit;
    void (*deliver)(const unsigned char *, size_t); /* called with each string */
    int digits, colon;                              /* of the length, so far */
    size_t n;                                       /* the length */
    unsigned char *data;
    size_t have, room;
};

static int netstrings_length(struct netstrings *p, unsigned char c) {
    if (c == ':' && p->digits > 0) {
        p->colon = 1;
        return 1;
    }
    if (c < '0' || c > '9' || (p->digits > 0 && p->n == 0))
        return 0;
    p->digits++;
    p->n = 10 * p->n + (c - '0');
    return p->n <= p->limit;
}

/* Returns 0 if the stream is malformed. */
static int netstrings_feed(struct netstrings *p, const unsigned char *chunk, size_t size) {
    while (size > 0) {
        size_t k = 1;
        if (!p->colon) {
            if (!netstrings_length(p, *chunk))
                return 0;
        } else if (p->have < p->n) {
            k = size < p->n - p->have ? size : p->n - p->have;
            if (p->have + k > p->room) {
                p->room = 2 * (p->have + k);
                p->data = realloc(p->data, p->room);
                if (p->data == NULL)
                    abort();
            }
            memcpy(p->data + p->have, chunk, k);
            p->have += k;
        } else if (*chunk == ',') {
            p->deliver(p->data, p->n);
            p->digits = p->colon = 0;
            p->n = p->have = 0;
        } else
            return 0;
        chunk += k;
        size -= k;
    }
    return 1;
}

/* Whether the stream may end here. */
static int netstrings_whole(const struct netstrings *p) { return p->digits == 0; }
