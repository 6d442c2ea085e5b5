package shipper

import "time"

// Facts are what the host was like when an incident opened. Sizes are in bytes.
type Facts struct {
	Taken         time.Time `json:"taken"`
	OS            string    `json:"os,omitempty"`
	Kernel        string    `json:"kernel,omitempty"`
	BootID        string    `json:"boot_id,omitempty"`
	Booted        time.Time `json:"booted,omitzero"`
	Load          []float64 `json:"load,omitempty"` // over 1, 5 and 15 minutes
	CPUs          int       `json:"cpus,omitempty"`
	MemoryTotal   uint64    `json:"memory_total,omitempty"`
	MemoryFree    uint64    `json:"memory_available,omitempty"`
	SwapTotal     uint64    `json:"swap_total,omitempty"`
	SwapUsed      uint64    `json:"swap_used,omitempty"`
	CloudInstance string    `json:"cloud_instance,omitempty"`
	// Pressure is the share of the last 10 seconds, in percent, in which some or
	// all tasks waited: "memory full".
	Pressure map[string]float64 `json:"pressure,omitempty"`
	// Disk is the file system of the log.
	Disk *Disk `json:"disk,omitempty"`
	// Process is the one that a pid field named, TopCPU and TopMemory the hungriest.
	Process   *Process  `json:"process,omitempty"`
	TopCPU    []Process `json:"top_cpu,omitempty"`
	TopMemory []Process `json:"top_memory,omitempty"`
	// Unit is the systemd unit that a unit field named, or that of Process.
	Unit *Unit `json:"unit,omitempty"`
	// Workload is what the log's path tells of its container: namespace, pod,
	// container.
	Workload map[string]string `json:"workload,omitempty"`
	// NotPermitted names the facts that need more rights, Missing those that could
	// not be had for another reason.
	NotPermitted []string `json:"not_permitted,omitempty"`
	Missing      []string `json:"missing,omitempty"`
}

// Unit is a systemd unit.
type Unit struct {
	Name string `json:"name"`
	// State is active and sub state: "failed/failed".
	State string    `json:"state"`
	Since time.Time `json:"since,omitzero"`
	// Restarts is how often systemd has restarted a service by itself, Result how it
	// ended last.
	Restarts int    `json:"restarts"`
	Result   string `json:"result,omitempty"`
}

// Disk is a file system.
type Disk struct {
	Path       string `json:"path"`
	Total      uint64 `json:"total"`
	Free       uint64 `json:"free"`
	Inodes     uint64 `json:"inodes"`
	InodesFree uint64 `json:"inodes_free"`
}

// Process is a process; its command line has passed the redactor.
type Process struct {
	PID     int32   `json:"pid"`
	Name    string  `json:"name"`
	Command string  `json:"command,omitempty"`
	Unit    string  `json:"unit,omitempty"`
	CPU     float64 `json:"cpu_percent"` // of one CPU, over its life
	Memory  uint64  `json:"memory"`      // resident
	Files   int     `json:"open_files,omitempty"`
	// FileLimit is the soft limit of open files.
	FileLimit uint64 `json:"open_files_limit,omitempty"`
}
