/** The command line: it wires the modules together and decides nothing by itself. */
@NullMarked
package dev.ratelab.cli;

import org.jspecify.annotations.NullMarked;
