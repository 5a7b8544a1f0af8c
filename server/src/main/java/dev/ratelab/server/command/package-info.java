/** The {@code serve} command: its options, its log and its process. */
@NullMarked
package dev.ratelab.server.command;

import org.jspecify.annotations.NullMarked;
