/** The filter in a real container. */
@NullMarked
package dev.ratelab.embed.servlet;

import org.jspecify.annotations.NullMarked;
