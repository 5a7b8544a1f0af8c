/** A limiter as a filter of Jakarta Servlet 6. */
@NullMarked
package dev.ratelab.embed.servlet;

import org.jspecify.annotations.NullMarked;
