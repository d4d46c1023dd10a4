"""What happens without anybody asking for it: jobs that run at intervals, in a process of their own."""
