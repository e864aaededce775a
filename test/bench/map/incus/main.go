// Looks ids up in Incus' idmap set and prints the milliseconds the median round took.
package main

import (
	"fmt"
	"os"
	"sort"
	"strconv"
	"time"

	"github.com/lxc/incus/v6/shared/idmap"
)

func main() {
	extents, _ := strconv.ParseInt(os.Args[1], 10, 64)
	ids, _ := strconv.ParseInt(os.Args[2], 10, 64)
	set := &idmap.Set{}
	for i := int64(0); i < extents; i++ {
		set.Entries = append(set.Entries, idmap.Entry{IsUID: true, IsGID: true, NSID: i * 200, HostID: 10000000 + i*300, MapRange: 100})
	}
	found := 0
	rounds := []float64{}
	for round := 0; round < 3; round++ {
		start := time.Now()
		for i := int64(0); i < ids; i++ {
			id := (i * 7919) % (extents * 200)
			if uid, _ := set.ShiftIntoNS(id, id); uid != -1 {
				found++
			}
		}
		rounds = append(rounds, float64(time.Since(start).Microseconds())/1000)
	}
	if found == 0 {
		panic("nothing was found")
	}
	sort.Float64s(rounds)
	fmt.Println(rounds[1])
}
