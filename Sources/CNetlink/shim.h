#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
