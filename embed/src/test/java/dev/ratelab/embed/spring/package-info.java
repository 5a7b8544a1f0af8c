/** The configuration, and an application that uses it. */
@NullMarked
package dev.ratelab.embed.spring;

import org.jspecify.annotations.NullMarked;
