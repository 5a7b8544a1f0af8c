/** Connections: how requests are read and answers sent. Knows nothing of what is asked. */
@NullMarked
package dev.ratelab.server.http;

import org.jspecify.annotations.NullMarked;
