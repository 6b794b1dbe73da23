/* Prints COUNT key pairs as Z85, one a line: public key, secret key. */
#include <stdio.h>
#include <stdlib.h>
#include <zmq.h>

int main(int count, char **arguments) {
    for (int i = 0; i < (count > 1 ? atoi(arguments[1]) : 1); i++) {
        char public[41], secret[41];
        if (zmq_curve_keypair(public, secret)) return 1;
        printf("%s %s\n", public, secret);
    }
    return 0;
}
