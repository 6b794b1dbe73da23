#include <zmq.h>
#include <errno.h>

/// An option that libzmq has since 4.3.1 and that its header shows only with its draft interface. Debian's library has it
/// (options.cpp).
enum { TOCSIN_ZMQ_ZAP_ENFORCE_DOMAIN = 93 };
