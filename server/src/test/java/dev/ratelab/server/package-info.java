/** The server over real sockets: its contract, its connections, its end, and its command. */
@NullMarked
package dev.ratelab.server;

import org.jspecify.annotations.NullMarked;
