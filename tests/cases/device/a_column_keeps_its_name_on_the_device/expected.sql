nothing changes on the device
