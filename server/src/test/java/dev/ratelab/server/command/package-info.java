@NullMarked
package dev.ratelab.server.command;

import org.jspecify.annotations.NullMarked;
