/** What the tests of the server share. */
@NullMarked
package dev.ratelab.server;

import org.jspecify.annotations.NullMarked;
