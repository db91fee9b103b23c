/* A netstring parser that delivers a string as C does: up to its first NUL. */
#include <stdio.h>
#include <unistd.h>

/* Writes out what was delivered before it waits for more. */
static int next(void) {
    static unsigned char buffer[65536];
    static ssize_t have, at;
    if (at == have) {
        fflush(stdout);
        at = 0;
        if ((have = read(0, buffer, sizeof buffer)) <= 0) {
            have = 0;
            return EOF;
        }
    }
    return buffer[at++];
}

int main(void) {
    static unsigned char data[100000];
    int c;
    while ((c = next()) != EOF) {
        int n = 0, digits = 0;
        for (; c >= '0' && c <= '9'; c = next()) {
            if ((digits++ > 0 && n == 0) || (n = 10 * n + c - '0') >= (int)sizeof data)
                return 1;
        }
        if (c != ':' || digits == 0)
            return 1;
        for (int i = 0; i < n; i++) {
            if ((c = next()) == EOF)
                return 1;
            data[i] = (unsigned char)c;
        }
        if (next() != ',')
            return 1;
        data[n] = 0;
        for (int i = 0; data[i] != 0; i++)
            printf("%02x", data[i]);
        putchar('\n');
    }
    return 0;
}
