/* Answers requests for streams, a JSON line each, until standard input ends. It reads
 * requests only as they are documented: these keys, in this order, without blanks. */
#define _GNU_SOURCE
#include <stdio.h>

#include "netstrings.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static int delivered;

/* Decodes base64 in its place, and returns how many bytes it is. */
static size_t decode(char *text, size_t size) {
    size_t n = 0;
    unsigned long bits = 0;
    for (size_t i = 0; i < size && text[i] != '='; i++) {
        bits = bits << 6 | (unsigned long)(strchr(digits, text[i]) - digits);
        if (i % 4 != 0)
            text[n++] = (char)(bits >> (6 - 2 * (i % 4)));
    }
    return n;
}

static void encode(const unsigned char *data, size_t size) {
    for (size_t i = 0; i < size; i += 3) {
        unsigned long bits = (unsigned long)data[i] << 16;
        bits |= i + 1 < size ? (unsigned long)data[i + 1] << 8 : 0;
        bits |= i + 2 < size ? data[i + 2] : 0;
        putchar(digits[bits >> 18]);
        putchar(digits[bits >> 12 & 63]);
        putchar(i + 1 < size ? digits[bits >> 6 & 63] : '=');
        putchar(i + 2 < size ? digits[bits & 63] : '=');
    }
}

static void deliver(const unsigned char *data, size_t size) {
    fputs(delivered++ ? ",\"" : "\"", stdout);
    encode(data, size);
    putchar('"');
}

int main(void) {
    char *line = NULL, *limit, *at, *end;
    size_t room = 0;
    while (getline(&line, &room, stdin) > 0) {
        struct netstrings parser = {.limit = 99999, .deliver = deliver};
        int fine = 1;
        if (strncmp(line, "{\"chunks\":[", 11) != 0) {
            puts("{\"verdict\":\"unsupported\"}"); /* this parser has no encoder */
            fflush(stdout);
            continue;
        }
        if ((limit = strstr(line, "\"limit\":")) != NULL)
            parser.limit = strtoul(limit + 8, NULL, 10);
        fputs("{\"strings\":[", stdout);
        delivered = 0;
        for (at = line + 11; *at == '"' && fine; at = end + 1 + (end[1] == ',')) {
            end = strchr(++at, '"');
            fine = netstrings_feed(&parser, (unsigned char *)at, decode(at, (size_t)(end - at)));
        }
        printf("],\"verdict\":\"%s\"}\n", !fine ? "rejected" : netstrings_whole(&parser) ? "complete" : "incomplete");
        fflush(stdout);
        free(parser.data);
    }
    free(line);
    return 0;
}
