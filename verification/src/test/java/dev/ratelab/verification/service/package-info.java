/** The server as a whole, in a process of its own: under too much load, while its Redis dies, and when it is told to stop. */
@NullMarked
package dev.ratelab.verification.service;

import org.jspecify.annotations.NullMarked;
