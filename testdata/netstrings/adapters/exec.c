/* Parses standard input as it comes, and writes each string as a line of hex. */
#include <stdio.h>
#include <unistd.h>

#include "netstrings.h"

static void deliver(const unsigned char *data, size_t size) {
    for (size_t i = 0; i < size; i++)
        printf("%02x", data[i]);
    putchar('\n');
}

int main(void) {
    static unsigned char buffer[65536];
    struct netstrings parser = {.limit = 99999, .deliver = deliver};
    ssize_t n;
    while ((n = read(0, buffer, sizeof buffer)) > 0) { /* what there is; fread would wait for more */
        if (!netstrings_feed(&parser, buffer, (size_t)n))
            return 1;
        fflush(stdout);
    }
    if (n < 0) {
        perror("standard input");
        return 2;
    }
    return netstrings_whole(&parser) ? 0 : 1;
}
