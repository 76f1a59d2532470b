// Says what the kernel's headers say; compiled and compared by raspberry-pi.test.ts.
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <linux/gpio.h>
#include <linux/spi/spidev.h>
#include <sys/ioctl.h>

int main() {
  gpio_v2_line_request request;
  memset(&request, 0, sizeof request);
  request.offsets[0] = 17;
  request.offsets[1] = 22;
  strcpy(request.consumer, "mynah");
  request.num_lines = 2;
  request.config.flags = GPIO_V2_LINE_FLAG_INPUT | GPIO_V2_LINE_FLAG_ACTIVE_LOW | GPIO_V2_LINE_FLAG_BIAS_PULL_UP;
  printf("%lu %lu %lu %lu %zu %zu %zu %zu %zu\n", (unsigned long)GPIO_GET_CHIPINFO_IOCTL,
         (unsigned long)GPIO_V2_GET_LINE_IOCTL, (unsigned long)GPIO_V2_LINE_GET_VALUES_IOCTL,
         (unsigned long)SPI_IOC_WR_MAX_SPEED_HZ, sizeof(gpiochip_info), sizeof request, sizeof(gpio_v2_line_values),
         offsetof(gpiochip_info, label), offsetof(gpio_v2_line_request, fd));
  for (size_t i = 0; i < sizeof request; i++) printf("%02x", ((unsigned char *)&request)[i]);
}
