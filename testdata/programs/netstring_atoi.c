/* A netstring parser that does not see that a length overflows: 4294967301 is 5. */
#include <stdio.h>
#include <stdlib.h>
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
    static unsigned char data[99999];
    int c;
    while ((c = next()) != EOF) {
        char digits[32];
        int n = 0;
        for (; c >= '0' && c <= '9'; c = next()) {
            if (n == sizeof digits - 1 || (n > 0 && digits[0] == '0'))
                return 1;
            digits[n++] = (char)c;
        }
        if (c != ':' || n == 0)
            return 1;
        digits[n] = 0;
        n = atoi(digits);
        if (n < 0 || n > (int)sizeof data)
            return 1;
        for (int i = 0; i < n; i++) {
            if ((c = next()) == EOF)
                return 1;
            data[i] = (unsigned char)c;
        }
        if (next() != ',')
            return 1;
        for (int i = 0; i < n; i++)
            printf("%02x", data[i]);
        putchar('\n');
    }
    return 0;
}
