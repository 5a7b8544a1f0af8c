// github.com/juju/ratelimit behind JSON lines: a Bucket for each key, since it knows none.
package main

import (
	"bufio"
	"encoding/json"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/juju/ratelimit"
)

type question struct {
	ID  int64  `json:"id"`
	Key string `json:"key"`
}

func number(name string) int {
	n, err := strconv.Atoi(os.Getenv(name))
	if err != nil {
		panic(err)
	}
	return n
}

func main() {
	window := time.Duration(number("RATELAB_WINDOW_MS")) * time.Millisecond
	each := window / time.Duration(number("RATELAB_PERMITS"))
	burst := int64(number("RATELAB_BURST"))
	var buckets, turn = sync.Map{}, sync.Mutex{}
	say := func(answer map[string]any) {
		line, _ := json.Marshal(answer)
		turn.Lock()
		defer turn.Unlock()
		os.Stdout.Write(append(line, '\n'))
	}
	// Debian's library has no version of its own at run time.
	say(map[string]any{"name": "juju/ratelimit", "version": "1.0.1"})
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var asked question
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			panic(err)
		}
		go func() {
			known, there := buckets.Load(asked.Key)
			if !there {
				known, _ = buckets.LoadOrStore(asked.Key, ratelimit.NewBucket(each, burst))
			}
			bucket := known.(*ratelimit.Bucket)
			allowed := bucket.TakeAvailable(1) == 1
			say(map[string]any{"id": asked.ID, "allowed": allowed, "remaining": bucket.Available()})
		}()
	}
}
